import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Allow, CurrentAccess, type Access } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { Id, Reason } from '../http/schemas.ts';
import { ApprovalPage, ApprovalQuery, ApprovalView } from './approvals.schemas.ts';
import { ApprovalsService } from './approvals.service.ts';

const answersApproval = ApiOkResponse({ standardSchema: ApprovalView });
type Reason = z.infer<typeof Reason>;

@ApiTags('approvals')
@Controller('v1/approvals')
export class ApprovalsController {
  constructor(private readonly approvals: ApprovalsService) {}

  @Get()
  @Allow('operator', 'finance')
  @ApiOperation({ summary: 'What waits for a second person, or has been decided, newest first' })
  @ApiOkResponse({ standardSchema: ApprovalPage })
  list(@Query({ schema: ApprovalQuery }) query: ApprovalQuery) {
    return this.approvals.list(query);
  }

  @Get(':id')
  @Allow('operator', 'finance')
  @ApiOperation({ summary: 'What is proposed, exactly, by whom and why' })
  @answersApproval
  get(@Param('id', { schema: Id }) id: string) {
    return this.approvals.get(id);
  }

  @Post(':id/approve')
  @Command('operator', 'finance')
  @ApiOperation({ summary: 'Approves what another person has proposed, which is then done' })
  @answersApproval
  approve(
    @InChange() change: Change,
    @CurrentAccess() access: Access,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.approvals.decide(change, access, id, 'approve', reason);
  }

  @Post(':id/reject')
  @Command('operator', 'finance')
  @ApiOperation({ summary: 'Refuses what has been proposed' })
  @answersApproval
  reject(
    @InChange() change: Change,
    @CurrentAccess() access: Access,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.approvals.decide(change, access, id, 'reject', reason);
  }

  @Post(':id/withdraw')
  @Command('operator', 'finance')
  @ApiOperation({ summary: 'Takes back what one has proposed oneself' })
  @answersApproval
  withdraw(
    @InChange() change: Change,
    @CurrentAccess() access: Access,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.approvals.decide(change, access, id, 'withdraw', reason);
  }
}
