import type { EntityManager } from 'typeorm';
import { toDecimal, type Money } from '../../domain/common/money.ts';
import {
  lookAgain,
  workflowIds,
  type StartMessage,
  type WorkflowMessage,
} from '../../workflows/messages.ts';
import { declareCause, lockSubject } from '../../database/change-state.ts';
import { isDisputed } from '../disbursement/hold-facts.ts';
import { Disbursement, Dispute, Payment, Refund } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { isUnanswered, promisedMinor } from '../refund/promised.ts';

// What PayPal tells, be it by a webhook or when it is asked, and which workflows are told of it. The same
// may be told any number of times.

export function newsOfDispute(paypalDisputeId: string): WorkflowMessage[] {
  const workflowId = workflowIds.dispute(paypalDisputeId);
  return [
    {
      kind: 'start',
      life: 'dispute',
      workflowId,
      input: { paypalDisputeId },
      summary: `Dispute ${paypalDisputeId}: keeps the money blocked`,
      attributes: {},
      again: true, // PayPal opens again what was appealed.
    },
    lookAgain(workflowId),
  ];
}

/** A refund as PayPal has it. */
export interface RefundSeen extends Money {
  readonly paypalRefundId: string;
  readonly invoiceId?: string | null;
}

/**
 * A refund that is none of ours was made at PayPal's own site: it becomes a row, once, and a workflow that
 * reads it at PayPal and records it. Whatever may be a refund or a lost dispute that we know is left for
 * later: the poll comes back to it, and what stays unclear is for the operators.
 */
export async function newsOfRefund(
  tx: EntityManager,
  of: { id: string } | { captureId: string },
  seen: RefundSeen,
): Promise<WorkflowMessage[]> {
  const found = await tx.findOneBy(Payment, of);
  const disbursement = found && (await tx.findOneBy(Disbursement, { paymentId: found.id }));
  if (!disbursement) return []; // Not ours, or its capture is not recorded yet.
  // The disbursement first, as the release does: one of the two waits for the other.
  await lockSubject(tx, 'disbursement', disbursement.id);
  const payment = await lockSubject(tx, 'payment', found.id);

  const refunds = await tx.findBy(Refund, { paymentId: payment.id });
  const own = refunds.find((refund) => isOrMayBe(refund, seen));
  if (own && isPastIt(own, seen)) {
    await tellRefundedAfterAll(tx, own, seen.paypalRefundId);
    return [];
  }
  if (own) return [lookAgain(workflowIds.refund(own.id))];
  if (await isRepaired(tx, seen.paypalRefundId)) return [];

  const leftMinor = payment.amountMinor - payment.refundedMinor - promisedMinor(refunds);
  const { amountMinor, currency } = seen;
  // PayPal ends a dispute when all goes back. A part may be what the dispute ends with.
  const disputed = await isDisputed(tx, payment.id);
  if (disputed && amountMinor < leftMinor) return [];
  const doubt =
    amountMinor > leftMinor || currency !== payment.currency
      ? `only ${toDecimal(leftMinor, payment.currency)} ${payment.currency} is left to refund`
      : (await mayBeLoss(tx, payment, amountMinor)) && 'it may be the loss of a dispute';
  if (doubt) {
    await tellUnclear(tx, payment, seen, doubt);
    return [];
  }
  const refundId = await insertRefund(tx, payment, seen);
  return [
    startOfRefund(payment, refundId, amountMinor),
    lookAgain(workflowIds.disbursement(disbursement.id)),
  ];
}

/** By PayPal's id or by ours; or one whose answer may have been lost. */
const isOrMayBe = (refund: Refund, { paypalRefundId, invoiceId }: RefundSeen): boolean =>
  refund.paypalRefundId === paypalRefundId || refund.id === invoiceId || isUnanswered(refund);

/** PayPal had refused it: the house pays instead, or nobody does. */
const isPastIt = (
  { way, state, paypalRefundId }: Refund,
  seen: Pick<RefundSeen, 'paypalRefundId'>,
): boolean => paypalRefundId !== seen.paypalRefundId && (way === 'payout' || state === 'failed');

/** Told once, be it found by the report or in answer to a slow attempt. */
export const tellRefundedAfterAll = (
  tx: EntityManager,
  { id, way }: Pick<Refund, 'id' | 'way'>,
  paypalRefundId: string,
): Promise<void> =>
  notify(tx, {
    recipientId: OPERATORS,
    kind: 'refund_unclear',
    subjectId: id,
    cause: paypalRefundId,
    text: `PayPal has refunded after all (${paypalRefundId}) what ${way === 'payout' ? "the house pays in the seller's stead" : 'has failed here'}, so it is not recorded: look whether the buyer has it twice. The reconciliation offers the repair.`,
  });

/** Somebody in finance has seen it first, and mended the ledger. */
async function isRepaired(tx: EntityManager, paypalRefundId: string): Promise<boolean> {
  const found = await tx.query<unknown[]>(
    `SELECT FROM repair JOIN difference ON difference.id = difference_id
     WHERE reference = $1 AND side = 'paypal' AND repair.state <> 'withdrawn' LIMIT 1`,
    [paypalRefundId],
  );
  return found.length > 0;
}

/**
 * PayPal may report the money of a lost dispute as a refund, and that loss is recorded already. It is not
 * so when the loss is in PayPal's report as a reversal.
 */
async function mayBeLoss(
  tx: EntityManager,
  { id: paymentId }: Payment,
  lostMinor: number,
): Promise<boolean> {
  if (!(await tx.existsBy(Dispute, { paymentId, lostMinor }))) return false;
  const reversals = await tx.query<unknown[]>(
    `SELECT FROM paypal_transaction WHERE payment_id = $1 AND amount_minor = $2
       AND event_code IN ('T1106', 'T1201', 'T1202') LIMIT 1`,
    [paymentId, -lostMinor],
  );
  return reversals.length === 0;
}

async function tellUnclear(
  tx: EntityManager,
  payment: Payment,
  { paypalRefundId, amountMinor, currency }: RefundSeen,
  doubt: string,
): Promise<void> {
  const amount = `${toDecimal(amountMinor, currency)} ${currency}`;
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'refund_unclear',
    subjectId: payment.id,
    cause: paypalRefundId,
    text: `PayPal has refund ${paypalRefundId} of ${amount}, which is not recorded: ${doubt}. Look it up at PayPal; the reconciliation offers the repair.`,
  });
}

async function insertRefund(
  tx: EntityManager,
  payment: Payment,
  { paypalRefundId, amountMinor }: RefundSeen,
): Promise<string> {
  const reason = 'made at PayPal';
  await declareCause(tx, { actorKind: 'provider', actorId: 'paypal', reason });
  const { identifiers } = await tx.insert(Refund, {
    paymentId: payment.id,
    auctionId: payment.auctionId,
    currency: payment.currency,
    amountMinor,
    reason,
    paypalRefundId,
  });
  return identifiers[0]!.id as string;
}

export const startOfRefund = (
  { auctionId, sellerId, bidderId, currency }: Payment,
  refundId: string,
  amountMinor: number,
): StartMessage<'refund'> => ({
  kind: 'start',
  life: 'refund',
  workflowId: workflowIds.refund(refundId),
  input: { refundId },
  summary: `Refunds ${toDecimal(amountMinor, currency)} ${currency} to ${bidderId}`,
  attributes: { GavelAuction: auctionId, GavelSeller: sellerId },
});
