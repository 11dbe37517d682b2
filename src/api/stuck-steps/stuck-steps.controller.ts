import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Allow } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { Id, Reason } from '../http/schemas.ts';
import {
  Retried,
  RetryAll,
  StuckCauses,
  StuckStepPage,
  StuckStepQuery,
  StuckStepView,
} from './stuck-steps.schemas.ts';
import { StuckStepsService } from './stuck-steps.service.ts';

type Reason = z.infer<typeof Reason>;

@ApiTags('stuck steps')
@Controller('v1/stuck-steps')
export class StuckStepsController {
  constructor(private readonly steps: StuckStepsService) {}

  @Get()
  @Allow('operator', 'finance')
  @ApiOperation({ summary: 'Steps that their workflows cannot get past, newest first' })
  @ApiOkResponse({ standardSchema: StuckStepPage })
  list(@Query({ schema: StuckStepQuery }) query: StuckStepQuery) {
    return this.steps.list(query);
  }

  @Get('causes')
  @Allow('operator', 'finance')
  @ApiOperation({ summary: 'Why steps are stuck, and how many for each cause' })
  @ApiOkResponse({ standardSchema: StuckCauses })
  causes() {
    return this.steps.causes();
  }

  @Post('retry')
  @Command('operator')
  @ApiOperation({ summary: 'Has all that are stuck for one cause tried again now' })
  @ApiOkResponse({ standardSchema: Retried })
  retryAll(@InChange() change: Change, @Body({ schema: RetryAll }) { cause, reason }: RetryAll) {
    return this.steps.retryAll(change, cause, reason);
  }

  @Post(':id/retry')
  @Command('operator')
  @ApiOperation({
    summary: 'Has the step tried again now; a workflow that was cut short begins again',
  })
  @ApiOkResponse({ standardSchema: StuckStepView })
  retry(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.steps.retry(change, id, reason);
  }

  @Post(':id/end')
  @Command('operator')
  @ApiOperation({
    summary: 'Gives the step up: its workflow ends. Refused where money or a sale would be lost',
  })
  @ApiOkResponse({ standardSchema: StuckStepView })
  end(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.steps.end(change, id, reason);
  }
}
