import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { Id, Reason } from '../http/schemas.ts';
import {
  DISBURSEMENT_VIEWS,
  DisbursementPage,
  DisbursementQuery,
  RecordArrival,
} from './disbursements.schemas.ts';
import { DisbursementsService } from './disbursements.service.ts';

const answersDisbursement = ApiOkResponse({ standardSchema: DISBURSEMENT_VIEWS.schema });
type Reason = z.infer<typeof Reason>;

@ApiTags('disbursements')
@Controller('v1/disbursements')
export class DisbursementsController {
  constructor(private readonly disbursements: DisbursementsService) {}

  @Get()
  @Allow('operator', 'finance', 'seller')
  @ApiOperation({ summary: 'What sellers are to be paid, newest first: sellers see their own' })
  @ApiOkResponse({ standardSchema: DisbursementPage })
  list(
    @CurrentAccess() access: Access,
    @Query({ schema: DisbursementQuery }) query: DisbursementQuery,
  ) {
    return this.disbursements.list(access, query);
  }

  @Get(':id')
  @Allow('operator', 'finance', 'seller')
  @ApiOperation({ summary: 'What a seller is to be paid for a piece' })
  @answersDisbursement
  get(@CurrentAccess() access: Access, @Param('id', { schema: Id }) id: string) {
    return this.disbursements.get(access, id);
  }

  @Post(':id/arrival')
  @Command('operator')
  @ApiOperation({ summary: 'The piece has arrived at the buyer' })
  @answersDisbursement
  arrival(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: RecordArrival }) body: RecordArrival,
  ) {
    return this.disbursements.recordArrival(change, id, body);
  }

  @Post(':id/hold')
  @Command('operator', 'finance')
  @ApiOperation({ summary: 'Holds the money back' })
  @answersDisbursement
  hold(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.disbursements.hold(change, id, reason);
  }

  @Post(':id/release')
  @Command('operator')
  @ApiOperation({ summary: 'Releases the money now' })
  @answersDisbursement
  release(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.disbursements.release(change, id, reason);
  }
}
