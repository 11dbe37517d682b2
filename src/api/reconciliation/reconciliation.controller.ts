import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Allow } from '../http/access.ts';
import { Command, InChange, type Change } from '../http/change.ts';
import { Id, PageQuery, Reason } from '../http/schemas.ts';
import { DifferencesService } from './differences.service.ts';
import {
  Assign,
  DifferenceDetail,
  DifferencePage,
  DifferenceQuery,
  DifferenceView,
  ProposeRepair,
  RepairPage,
  RepairQuery,
  RepairView,
  RunPage,
  RunReconciliation,
  RunView,
} from './reconciliation.schemas.ts';
import { RepairsService } from './repairs.service.ts';
import { RunsService } from './runs.service.ts';

type Reason = z.infer<typeof Reason>;
type PageQuery = z.infer<typeof PageQuery>;

@ApiTags('reconciliation')
@Controller('v1/reconciliation')
export class ReconciliationController {
  constructor(
    private readonly runs: RunsService,
    private readonly differences: DifferencesService,
    private readonly repairs: RepairsService,
  ) {}

  @Post('runs')
  @Command('finance', 'operator')
  @ApiOperation({ summary: 'Compares the ledger with PayPal and the ERP, now' })
  @ApiOkResponse({ standardSchema: RunView })
  run(@InChange() change: Change, @Body({ schema: RunReconciliation }) body: RunReconciliation) {
    return this.runs.start(change, body);
  }

  @Get('runs')
  @Allow('finance', 'operator')
  @ApiOperation({ summary: 'Reconciliations, newest first' })
  @ApiOkResponse({ standardSchema: RunPage })
  listRuns(@Query({ schema: PageQuery }) query: PageQuery) {
    return this.runs.list(query);
  }

  @Get('runs/:id')
  @Allow('finance', 'operator')
  @ApiOperation({
    summary: 'A reconciliation: what was compared, and how many differences it found',
  })
  @ApiOkResponse({ standardSchema: RunView })
  getRun(@Param('id', { schema: Id }) id: string) {
    return this.runs.get(id);
  }

  @Get('runs/:id/differences')
  @Allow('finance', 'operator')
  @ApiOperation({ summary: 'What a run found, as it found it' })
  @ApiOkResponse({ standardSchema: DifferencePage })
  found(@Param('id', { schema: Id }) id: string, @Query({ schema: PageQuery }) query: PageQuery) {
    return this.runs.found(id, query);
  }

  @Get('differences')
  @Allow('finance', 'operator')
  @ApiOperation({ summary: 'Differences, newest first' })
  @ApiOkResponse({ standardSchema: DifferencePage })
  list(@Query({ schema: DifferenceQuery }) query: DifferenceQuery) {
    return this.differences.list(query);
  }

  @Get('differences/:id')
  @Allow('finance', 'operator')
  @ApiOperation({ summary: 'A difference, with a repair that would end it' })
  @ApiOkResponse({ standardSchema: DifferenceDetail })
  get(@Param('id', { schema: Id }) id: string) {
    return this.differences.get(id);
  }

  @Post('differences/:id/assign')
  @Command('finance')
  @ApiOperation({ summary: 'Says who sees to it' })
  @ApiOkResponse({ standardSchema: DifferenceView })
  assign(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Assign }) { assignee }: Assign,
  ) {
    return this.differences.assign(change, id, assignee);
  }

  @Post('differences/:id/close')
  @Command('finance')
  @ApiOperation({ summary: 'Leaves it as it is, for a reason' })
  @ApiOkResponse({ standardSchema: DifferenceView })
  close(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.differences.close(change, id, reason);
  }

  @Post('differences/:id/repairs')
  @Command('finance')
  @ApiOperation({ summary: 'Mends it by a ledger entry; a large one waits for a second person' })
  @ApiOkResponse({ standardSchema: RepairView })
  propose(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: ProposeRepair }) body: ProposeRepair,
  ) {
    return this.repairs.propose(change, id, body);
  }

  @Get('repairs')
  @Allow('finance', 'operator')
  @ApiOperation({ summary: 'Repairs, newest first; `proposed` ones wait for a second person' })
  @ApiOkResponse({ standardSchema: RepairPage })
  listRepairs(@Query({ schema: RepairQuery }) query: RepairQuery) {
    return this.repairs.list(query);
  }

  @Post('repairs/:id/approve')
  @Command('finance')
  @ApiOperation({ summary: 'Approves what another person has proposed, and posts it' })
  @ApiOkResponse({ standardSchema: RepairView })
  approve(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.repairs.approve(change, id, reason);
  }

  @Post('repairs/:id/withdraw')
  @Command('finance')
  @ApiOperation({ summary: 'Takes a repair back that waits for approval' })
  @ApiOkResponse({ standardSchema: RepairView })
  withdraw(
    @InChange() change: Change,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reason }) { reason }: Reason,
  ) {
    return this.repairs.withdraw(change, id, reason);
  }
}
