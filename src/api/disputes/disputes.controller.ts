import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { z } from 'zod';
import { Dispute } from '../../database/entities/index.ts';
import { disputeLifecycle } from '../../domain/dispute/lifecycle.ts';
import { Allow } from '../http/access.ts';
import { given, pageOfRows } from '../http/page.ts';
import { notFound } from '../http/problem.ts';
import { Id, iso, isoOrNull, Moment, pageOf, PageQuery, stateOf } from '../http/schemas.ts';

const State = stateOf(disputeLifecycle);
const DisputeView = z
  .object({
    id: Id,
    paymentId: Id.nullable().describe('null while PayPal names no payment that is known here'),
    paypalDisputeId: z.string(),
    state: State,
    reason: z.string().describe("PayPal's code for what the buyer says"),
    stage: z.string().nullable().describe("PayPal's: INQUIRY, CHARGEBACK and later ones"),
    statusAtPaypal: z.string().nullable(),
    amountMinor: z.int().nullable().describe('minor units that the buyer disputes'),
    respondUntil: Moment.nullable().describe(
      'by when PayPal wants evidence; null: it waits for none',
    ),
    appealable: z.boolean().describe('PayPal has decided, and would hear an appeal'),
    outcome: z.string().nullable().describe("PayPal's word for how it ended"),
    lostMinor: z.int().describe('minor units that seller and house lost by it'),
    createdAt: Moment,
  })
  .meta({ id: 'Dispute' });
const DisputePage = pageOf(DisputeView, 'DisputePage');
const DisputeQuery = PageQuery.extend({ paymentId: Id.optional(), state: State.optional() });

@ApiTags('disputes')
@Controller('v1/disputes')
export class DisputesController {
  constructor(private readonly database: DataSource) {}

  @Get()
  @Allow('operator', 'finance')
  @ApiOperation({ summary: 'Disputes that buyers have opened at PayPal, newest first' })
  @ApiOkResponse({ standardSchema: DisputePage })
  list(
    @Query({ schema: DisputeQuery }) { paymentId, state, ...page }: z.infer<typeof DisputeQuery>,
  ) {
    const where = given({ paymentId, state }) as object;
    return pageOfRows(this.database.manager, Dispute, where, page, view);
  }

  @Get(':id')
  @Allow('operator', 'finance')
  @ApiOperation({ summary: 'A dispute' })
  @ApiOkResponse({ standardSchema: DisputeView })
  async get(@Param('id', { schema: Id }) id: string) {
    const found = await this.database.manager.findOneBy(Dispute, { id });
    if (!found) throw notFound('dispute', id);
    return view(found);
  }
}

const view = (dispute: Dispute): z.infer<typeof DisputeView> => ({
  id: dispute.id,
  paymentId: dispute.paymentId,
  paypalDisputeId: dispute.paypalDisputeId,
  state: dispute.state,
  reason: dispute.disputeReason,
  stage: dispute.stage,
  statusAtPaypal: dispute.statusAtPaypal,
  amountMinor: dispute.amountMinor,
  respondUntil: isoOrNull(dispute.respondUntil),
  appealable: dispute.appealable,
  outcome: dispute.outcome,
  lostMinor: dispute.lostMinor,
  createdAt: iso(dispute.createdAt),
});
