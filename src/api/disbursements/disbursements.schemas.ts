import { z } from 'zod';
import type { Disbursement } from '../../database/entities/index.ts';
import type { MayLeave } from '../../domain/disbursement/may-leave.ts';
import { disbursementLifecycle } from '../../domain/disbursement/lifecycle.ts';
import {
  Currency,
  Id,
  iso,
  isoOrNull,
  Moment,
  pageOf,
  PageQuery,
  SignedMinor,
  stateOf,
} from '../http/schemas.ts';
import { partOf, viewsOf } from '../http/views/views.ts';

const State = stateOf(disbursementLifecycle);

const Standing = z
  .object({
    mayLeave: z.enum(['yes', 'notYet', 'over']).describe('whether the money may leave now'),
    why: z.string().nullable().describe('what stands against it; null: nothing, or only its time'),
    outlook: z.string().nullable().describe('what comes of that'),
    until: Moment.nullable().describe(
      'when it leaves, or PayPal is asked; null: now, or when there is news of what stands against it',
    ),
  })
  .meta({ id: 'DisbursementStanding' });

export const DisbursementView = z
  .object({
    id: Id,
    auctionId: Id,
    paymentId: Id,
    sellerId: z.string(),
    state: State,
    currency: Currency,
    amountMinor: SignedMinor.describe('minor units; less whatever is refunded before the release'),
    nettedMinor: SignedMinor.describe('minor units; kept of it for what the seller owed the house'),
    arrivedAt: Moment.nullable(),
    dueAt: Moment.describe('when it is released, if nothing intervenes'),
    lastSafeAt: Moment.describe('the last moment to decide before PayPal pays out by itself'),
    heldBy: z.enum(['paypal', 'house']).describe('in whose account the money is'),
    autoReleaseAt: Moment.nullable().describe('when PayPal pays out by itself; the house does not'),
    alarmAt: Moment.describe('from here on operators are told why the money has not left'),
    alarm: z.string().nullable().describe('what they were told, for as long as it is so'),
    holdReason: z.string().nullable(),
    failureReason: z.string().nullable(),
    nextTryAt: Moment.nullable().describe('when PayPal is asked again by itself'),
    releasedAt: Moment.nullable(),
    createdAt: Moment,
    standing: Standing.optional().describe('of a single disbursement: what it is waiting for'),
  })
  .meta({ id: 'Disbursement' });
export type DisbursementView = z.infer<typeof DisbursementView>;

/** What operators are told, and why they hold money back, is the house's. */
export const DISBURSEMENT_VIEWS = viewsOf(DisbursementView, {
  finance: DisbursementView,
  seller: partOf(DisbursementView, 'DisbursementForSeller', [
    'id',
    'auctionId',
    'paymentId',
    'sellerId',
    'state',
    'currency',
    'amountMinor',
    'nettedMinor',
    'arrivedAt',
    'dueAt',
    'heldBy',
    'autoReleaseAt',
    'releasedAt',
    'createdAt',
  ]),
});

export const DisbursementPage = pageOf(DISBURSEMENT_VIEWS.schema, 'DisbursementPage');
export const DisbursementQuery = PageQuery.extend({
  auctionId: Id.optional(),
  state: State.optional(),
});
export type DisbursementQuery = z.infer<typeof DisbursementQuery>;

export const RecordArrival = z
  .object({ arrivedAt: Moment.optional().describe('default: now; never later than now') })
  .meta({ id: 'RecordArrival' });
export type RecordArrival = z.infer<typeof RecordArrival>;

export function viewStanding(may: MayLeave): z.infer<typeof Standing> {
  const { answer } = may;
  const { why = null, outlook = null } = (answer !== 'over' && may.hindrance) || {};
  const until = answer === 'notYet' ? isoOrNull(may.until) : null;
  return { mayLeave: answer, why, outlook, until };
}

/** The whole of it, for the house. */
export const viewDisbursement = (disbursement: Disbursement): DisbursementView => ({
  id: disbursement.id,
  auctionId: disbursement.auctionId,
  paymentId: disbursement.paymentId,
  sellerId: disbursement.sellerId,
  state: disbursement.state,
  currency: disbursement.currency,
  amountMinor: disbursement.amountMinor,
  nettedMinor: disbursement.nettedMinor,
  arrivedAt: isoOrNull(disbursement.arrivedAt),
  dueAt: iso(disbursement.dueAt),
  lastSafeAt: iso(disbursement.lastSafeAt),
  heldBy: disbursement.heldBy,
  autoReleaseAt: disbursement.heldBy === 'house' ? null : iso(disbursement.autoReleaseAt),
  alarmAt: iso(disbursement.alarmAt),
  alarm: disbursement.alarm,
  holdReason: disbursement.holdReason,
  failureReason: disbursement.failureReason,
  nextTryAt: isoOrNull(disbursement.nextTryAt),
  releasedAt: isoOrNull(disbursement.releasedAt),
  createdAt: iso(disbursement.createdAt),
});
