import { In, type EntityManager } from 'typeorm';
import { changeState, lockSubject } from '../../database/change-state.ts';
import { databaseNow } from '../../database/clock.ts';
import { followStops, openDisbursement } from '../../services/disbursement/follow-stops.ts';
import { isDisputed } from '../../services/disbursement/hold-facts.ts';
import { explainReversals, tellUnexplained } from '../../services/disbursement/reversals.ts';
import { Refund, type Dispute, type Payment } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import {
  isByPayPal,
  isUnanswered,
  promisedMinor,
  totalMinor,
} from '../../services/refund/promised.ts';
import type { DisputeState } from '../../domain/dispute/lifecycle.ts';
import { toDecimal } from '../../domain/common/money.ts';
import type { Dispute as DisputeAtPayPal } from '../../integrations/paypal/index.ts';
import { arrived, pollAfterMs, waitFor, workflowCause, type Look } from '../runtime/context.ts';
import { missingMinor } from './record-reversals.ts';
import { recordLoss } from './record-loss.ts';
import { reopen } from './reopen.ts';
import { winBack } from './win-back.ts';
import { tellBoth } from './tell-dispute.ts';

/**
 * Brings a dispute that PayPal has resolved to its end, with what is lost by it, or comes back by an appeal.
 * A loss waits for the answer to a refund that is under way: PayPal may have ended the dispute because of it.
 */
export async function closeDispute(
  tx: EntityManager,
  { id: paymentId }: Payment,
  { id }: Dispute,
  there: DisputeAtPayPal,
): Promise<Look<DisputeState>> {
  const held = (await openDisbursement(tx, paymentId)) !== undefined;
  const payment = await lockSubject(tx, 'payment', paymentId);
  const dispute = await lockSubject(tx, 'dispute', id);
  const result = there.result ?? 'lost';
  if (dispute.state === result) return arrived(result);
  const refunds = await tx.find(Refund, { where: { paymentId }, order: { id: 'ASC' } });
  const unanswered = refunds.find(isUnanswered);
  if (unanswered && result === 'lost') {
    return waitFor(pollAfterMs(unanswered.createdAt, await databaseNow(tx)));
  }
  // When PayPal itself pays the buyer, seller and house lose nothing.
  const refundedMinor =
    result === 'lost' ? (there.refundedMinor ?? (await reportedMinor(tx, paymentId))) : 0;
  if (refundedMinor === undefined) {
    await tellAmountUnknown(tx, payment, dispute);
    return waitFor(ASK_AGAIN_MS); // It stays blocked.
  }
  const why = workflowCause(there.outcomeAtPayPal);
  await reopen(tx, dispute, why); // PayPal may have decided an appeal before we have heard of it.
  const own = lossesOf(dispute, refunds, refundedMinor);
  const { takenMinor, lostMinor } = losses(payment, refunds, own, refundedMinor);
  const event = { won: 'win', lost: 'lose', withdrawn: 'withdraw' } as const;
  const { row } = await changeState(tx, 'dispute', id, event[result], why, {
    outcome: there.outcomeAtPayPal ?? null,
    respondUntil: null,
    lostMinor,
  });
  await tx.update(Refund, { id: In(own.map((loss) => loss.id)) }, { disputeId: id });
  const moreMinor = lostMinor - totalMinor(own);
  if (moreMinor > 0) {
    await recordLoss(tx, payment, {
      amountMinor: moreMinor,
      reason: `dispute ${there.disputeId} lost`,
      disputeId: id,
      takenFromSellerMinor: there.takenFromSellerMinor,
    });
  }
  const unclearMinor = moreMinor < 0 ? await winBack(tx, payment, own, -moreMinor) : 0;
  if (lostMinor > 0) await explainReversals(tx, paymentId, 'disputed');
  else if (!(await isDisputed(tx, paymentId))) await tellUnexplained(tx, payment);

  await tellEnd(tx, payment, row, { takenMinor, backMinor: Math.max(0, -moreMinor), held });
  if (unclearMinor > 0) await tellBackTwice(tx, payment, row, unclearMinor);
  // Unless the loss was all there was, what is left goes on to the seller: when nothing else stops it.
  const left = await openDisbursement(tx, paymentId);
  if (left) await followStops(tx, left, why);
  return arrived(row.state);
}

const ASK_AGAIN_MS = 3_600_000;

/** PayPal does not say how much: its report may. */
async function reportedMinor(tx: EntityManager, paymentId: string): Promise<number | undefined> {
  const minor = await missingMinor(tx, paymentId);
  return minor > 0 ? minor : undefined;
}

/** What is recorded as lost by this dispute; or was found in PayPal's report before the dispute was known. */
const lossesOf = ({ id }: Dispute, refunds: readonly Refund[], refundedMinor: number): Refund[] =>
  refunds.filter(
    (refund) =>
      refund.disputeId === id ||
      (isByPayPal(refund) && refund.disputeId === null && refund.amountMinor <= refundedMinor),
  );

/**
 * What PayPal took by the dispute itself: it may have ended because PayPal refunded the capture. And how
 * much of that is lost: what the house has paid the buyer, or may have paid, is no longer there to be lost.
 */
function losses(
  { amountMinor, refundedMinor }: Payment,
  refunds: readonly Refund[],
  own: readonly Refund[],
  givenBackMinor: number,
): { takenMinor: number; lostMinor: number } {
  const ofCapture = refunds.filter((refund) => refund.way === 'refund' && !own.includes(refund));
  const recorded = ofCapture.filter(({ state }) => state === 'completed');
  const atPayPalMinor = amountMinor - totalMinor(recorded) - promisedMinor(ofCapture);
  const takenMinor = Math.max(0, Math.min(givenBackMinor, atPayPalMinor));
  const leftMinor = amountMinor - refundedMinor - promisedMinor(refunds) + totalMinor(own);
  return { takenMinor, lostMinor: Math.max(0, Math.min(takenMinor, leftMinor)) };
}

async function tellEnd(
  tx: EntityManager,
  payment: Payment,
  dispute: Dispute,
  of: { takenMinor: number; backMinor: number; held: boolean },
): Promise<void> {
  const { takenMinor, backMinor, held } = of;
  const { id, state, lostMinor, outcome } = dispute;
  const amount = (minor: number) => `${toDecimal(minor, payment.currency)} ${payment.currency}`;
  const money =
    takenMinor === 0
      ? 'No money was taken'
      : `PayPal has given ${amount(takenMinor)} back to the buyer, ${held ? 'out of what it held' : 'from those who had been paid'}`;
  const back = backMinor
    ? ` ${amount(backMinor)} of what was lost before comes back: to ${held ? 'what is held' : 'those who had lost it'}.`
    : '';
  const appeal = state === 'lost' && dispute.appealable ? ' PayPal would hear an appeal.' : '';
  await tellBoth(tx, payment, dispute, {
    kind: 'dispute_ended',
    occasion: await timesEnded(tx, id),
    text: `The dispute about payment ${payment.id} was ${state} (${outcome ?? 'no outcome given'}). ${money}.${back}${appeal}`,
  });
  if (takenMinor === lostMinor) return;
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'refund_unclear',
    subjectId: id,
    text: `PayPal took ${amount(takenMinor)} by the dispute about payment ${payment.id}; ${amount(takenMinor - lostMinor)} of it is not recorded, because the house pays the buyer the same money, or has paid it. Object at PayPal with that payout; the reconciliation offers the repair.`,
  });
}

/** What is appealed ends again, and that is another notice. */
async function timesEnded(tx: EntityManager, id: string): Promise<number> {
  const [{ times }] = await tx.query<[{ times: number }]>(
    `SELECT count(*)::int AS times FROM transition
     WHERE subject_id = $1 AND event IN ('win', 'lose', 'withdraw')`,
    [id],
  );
  return times;
}

const tellAmountUnknown = (
  tx: EntityManager,
  { id: paymentId }: Payment,
  { id, paypalDisputeId }: Dispute,
): Promise<void> =>
  notify(tx, {
    recipientId: OPERATORS,
    kind: 'dispute_unclear',
    subjectId: id,
    cause: 'no amount',
    text: `PayPal has decided dispute ${paypalDisputeId} about payment ${paymentId} for the buyer and does not say how much it took. The money stays where it is until PayPal, or its report, says so.`,
  });

const tellBackTwice = (
  tx: EntityManager,
  { id: paymentId, currency }: Payment,
  { id }: Dispute,
  minor: number,
): Promise<void> =>
  notify(tx, {
    recipientId: OPERATORS,
    kind: 'dispute_unclear',
    subjectId: id,
    cause: 'back twice',
    text: `By PayPal's word ${toDecimal(minor, currency)} ${currency} more of payment ${paymentId} comes back than can be booked by itself, as a part of the same loss has come back before. Look it up at PayPal; the reconciliation offers the repair.`,
  });
