import type { EntityManager } from 'typeorm';
import { changeState, lockSubject } from '../database/change-state.ts';
import { databaseNow } from '../database/clock.ts';
import { followStops, openDisbursement } from '../database/disbursements/follow-stops.ts';
import { isDisputed } from '../database/disbursements/hold-facts.ts';
import { explainReversals, tellUnexplained } from '../database/disbursements/reversals.ts';
import { Refund, type Dispute, type Payment } from '../database/entities/index.ts';
import { notify, OPERATORS } from '../database/notices.ts';
import { isUnanswered, promisedMinor, totalMinor } from '../database/promised.ts';
import type { DisputeState } from '../domain/lifecycles/dispute.ts';
import { toDecimal } from '../domain/money.ts';
import type { Dispute as DisputeAtPayPal } from '../integrations/paypal/index.ts';
import { arrived, pollAfterMs, waitFor, workflowCause, type Look } from './context.ts';
import { recordLoss } from './disputes/record-loss.ts';
import { tellBoth } from './tell-dispute.ts';

/**
 * Brings a dispute that PayPal has resolved to its end, with the loss, if there is one. It waits for the
 * answer to a refund that is under way: PayPal may have ended the dispute because of it.
 */
export async function closeDispute(
  tx: EntityManager,
  { id: paymentId }: Payment,
  dispute: Dispute,
  there: DisputeAtPayPal,
): Promise<Look<DisputeState>> {
  const disbursement = await openDisbursement(tx, paymentId);
  const payment = await lockSubject(tx, 'payment', paymentId);
  const event = { won: 'win', lost: 'lose', withdrawn: 'withdraw' } as const;
  const result = there.result ?? 'lost';
  const why = workflowCause(there.outcomeAtPayPal);
  const refunds = await tx.findBy(Refund, { paymentId });
  const unanswered = refunds.find(isUnanswered);
  if (unanswered && result === 'lost' && dispute.state === 'open') {
    return waitFor(pollAfterMs(unanswered.createdAt, await databaseNow(tx)));
  }
  // When PayPal itself pays the buyer, seller and house lose nothing.
  const takenMinor = result === 'lost' ? takenByDispute(payment, refunds, there) : 0;
  // What the house has paid the buyer, or may have paid, is no longer there to be lost.
  const leftMinor = payment.amountMinor - payment.refundedMinor - promisedMinor(refunds);
  const lostMinor = Math.max(0, Math.min(takenMinor, leftMinor));
  const { changed, row } = await changeState(tx, 'dispute', dispute.id, event[result], why, {
    outcome: there.outcomeAtPayPal ?? null,
    respondUntil: null,
    lostMinor,
  });
  if (!changed) return arrived(row.state);

  if (lostMinor > 0) {
    await recordLoss(tx, payment, {
      amountMinor: lostMinor,
      reason: `dispute ${there.disputeId} lost`,
      disputeId: dispute.id,
      takenFromSellerMinor: there.takenFromSellerMinor,
    });
    await explainReversals(tx, paymentId, 'disputed');
  } else if (!(await isDisputed(tx, paymentId))) {
    await tellUnexplained(tx, payment);
  }
  await tellEnd(tx, payment, row, { takenMinor, held: disbursement !== undefined });
  // Unless the loss was all there was, what is left goes on to the seller: when nothing else stops it.
  const left = await openDisbursement(tx, paymentId);
  if (left) await followStops(tx, left, why);
  return arrived(row.state);
}

/** What PayPal took by the dispute itself: it may have ended because PayPal refunded the capture. */
function takenByDispute(
  { amountMinor }: Payment,
  refunds: readonly Refund[],
  { refundedMinor }: DisputeAtPayPal,
): number {
  const ofCapture = refunds.filter(({ way }) => way === 'refund');
  const recorded = ofCapture.filter(({ state }) => state === 'completed');
  const leftMinor = amountMinor - totalMinor(recorded) - promisedMinor(ofCapture);
  return Math.max(0, Math.min(refundedMinor, leftMinor));
}

async function tellEnd(
  tx: EntityManager,
  payment: Payment,
  dispute: Dispute,
  { takenMinor, held }: { takenMinor: number; held: boolean },
): Promise<void> {
  const { id, state, lostMinor, outcome } = dispute;
  const amount = (minor: number) => `${toDecimal(minor, payment.currency)} ${payment.currency}`;
  const money =
    takenMinor === 0
      ? 'No money was taken'
      : `PayPal has given ${amount(takenMinor)} back to the buyer, ${held ? 'out of what it held' : 'from those who had been paid'}`;
  await tellBoth(tx, payment, dispute, {
    kind: 'dispute_ended',
    text: `The dispute about payment ${payment.id} was ${state} (${outcome ?? 'no outcome given'}). ${money}.`,
  });
  if (takenMinor === lostMinor) return;
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'refund_unclear',
    subjectId: id,
    text: `PayPal took ${amount(takenMinor)} by the dispute about payment ${payment.id}; ${amount(takenMinor - lostMinor)} of it is not recorded, because the house pays the buyer the same money, or has paid it. Object at PayPal with that payout; the reconciliation offers the repair.`,
  });
}
