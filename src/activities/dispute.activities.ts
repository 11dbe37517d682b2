import type { DataSource, EntityManager } from 'typeorm';
import { In } from 'typeorm';
import { databaseNow } from '../database/clock.ts';
import { changeState, declareCause, lockSubject } from '../database/change-state.ts';
import {
  Disbursement,
  Dispute,
  Payment,
  Refund,
  type NoticeKind,
} from '../database/entities/index.ts';
import { sendLater } from '../database/outbox.ts';
import { promisedMinor, totalMinor } from '../database/promised.ts';
import { disbursementLifecycle } from '../domain/lifecycles/disbursement.ts';
import type { DisputeState } from '../domain/lifecycles/dispute.ts';
import { isFinal } from '../domain/lifecycles/lifecycle.ts';
import type { Dispute as DisputeAtPayPal, PayPal } from '../integrations/paypal/index.ts';
import { lookAgain, workflowIds } from '../workflows/messages.ts';
import { toDecimal } from '../domain/money.ts';
import {
  arrived,
  later,
  msUntil,
  pollAfterMs,
  waitFor,
  workflowCause,
  type Look,
} from './context.ts';
import { notify, OPERATORS } from '../database/notices.ts';
import { rethrowForTemporal } from './paypal-faults.ts';
import { recordRefund } from './record-refund.ts';

export interface DisputeDeps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

export const createDisputeActivities = ({ database, paypal }: DisputeDeps) => ({
  /** Reads the dispute at PayPal and brings ours to the same state, with what that means for the money. */
  async lookAtDispute(paypalDisputeId: string): Promise<Look<DisputeState>> {
    const there = await paypal.disputes
      .get(paypalDisputeId)
      .catch(rethrowForTemporal(database, paypalDisputeId));
    return database.transaction((tx) => follow(tx, there));
  },
});

/** Disputes take weeks. What a webhook fails to say of one, the poll of PayPal finds much sooner. */
const ASK_EVERY_MS = 24 * 3_600_000;
/** Seller and operators are told this long before PayPal decides without having heard them. */
const EVIDENCE_ALARM_MS = 2 * 24 * 3_600_000;

async function follow(tx: EntityManager, there: DisputeAtPayPal): Promise<Look<DisputeState>> {
  const payment = await tx.findOneBy(Payment, { captureId: In([...there.captureIds]) });
  if (!payment) return lookForPayment(tx, there);
  const dispute = await disputeOf(tx, payment, there);
  if (there.status === 'resolved') return arrived(await close(tx, payment, dispute, there));
  await block(tx, payment, there.reason);
  const now = await databaseNow(tx);
  return waitFor(Math.min(ASK_EVERY_MS, await untilEvidenceIsDue(tx, payment, dispute, now)));
}

/** It is about another sale of the account's; or about one whose capture is not recorded yet. */
async function lookForPayment(
  tx: EntityManager,
  { status, result, createdAt }: DisputeAtPayPal,
): Promise<Look<DisputeState>> {
  if (status === 'resolved') return arrived(result ?? 'lost');
  return waitFor(pollAfterMs(new Date(createdAt), await databaseNow(tx)));
}

/** Our row of the dispute, as PayPal has it now; who should know of what is new is told. */
async function disputeOf(
  tx: EntityManager,
  payment: Payment,
  there: DisputeAtPayPal,
): Promise<Dispute> {
  const { disputeId: paypalDisputeId, reason } = there;
  const known = await tx.findOneBy(Dispute, { paypalDisputeId });
  const facts = {
    stage: there.stage ?? null,
    statusAtPaypal: there.statusAtPayPal,
    amountMinor: there.amountMinor,
    respondUntil: there.respondUntil ? new Date(there.respondUntil) : null,
  };
  if (known) {
    await tx.update(Dispute, { id: known.id }, facts);
    if (known.stage !== facts.stage) await tellStage(tx, payment, { ...known, ...facts });
    return Object.assign(known, facts);
  }
  await declareCause(tx, workflowCause(reason));
  await tx.insert(Dispute, {
    paymentId: payment.id,
    paypalDisputeId,
    disputeReason: reason,
    ...facts,
  });
  const dispute = await tx.findOneByOrFail(Dispute, { paypalDisputeId });
  const amount = `${toDecimal(there.amountMinor, there.currency)} ${there.currency}`;
  await tellBoth(tx, payment, dispute, {
    kind: 'dispute_opened',
    text: `The buyer disputes ${amount} of payment ${payment.id}: ${reason}. ${evidenceBy(dispute)}`,
  });
  return dispute;
}

const evidenceBy = ({ respondUntil }: Pick<Dispute, 'respondUntil'>): string =>
  respondUntil
    ? `Send evidence at PayPal by ${respondUntil.toISOString()}.`
    : 'PayPal waits for no evidence at present.';

function tellStage(tx: EntityManager, payment: Payment, dispute: Dispute): Promise<void> {
  return tellBoth(tx, payment, dispute, {
    kind: 'dispute_stage',
    cause: dispute.stage ?? '',
    text: `The dispute about payment ${payment.id} is now at PayPal's stage ${dispute.stage}. ${evidenceBy(dispute)}`,
  });
}

/** Seller and operators: either can answer at PayPal. */
async function tellBoth(
  tx: EntityManager,
  { sellerId }: Payment,
  { id: subjectId }: Dispute,
  notice: { kind: NoticeKind; text: string; cause?: string },
): Promise<void> {
  for (const recipientId of [OPERATORS, sellerId]) {
    await notify(tx, { recipientId, subjectId, ...notice });
  }
}

/** Tells of evidence that PayPal still waits for, and says how long it is to the next such moment. */
async function untilEvidenceIsDue(
  tx: EntityManager,
  payment: Payment,
  dispute: Dispute,
  now: Date,
): Promise<number> {
  const { respondUntil } = dispute;
  if (!respondUntil) return Infinity;
  // A later stage has another deadline, of which there is another notice.
  const cause = respondUntil.toISOString();
  if (now >= respondUntil) {
    await tellBoth(tx, payment, dispute, {
      kind: 'evidence_overdue',
      cause,
      text: `PayPal has not heard the seller by ${cause} and decides for the buyer, as a rule: payment ${payment.id}.`,
    });
    return Infinity;
  }
  const alarmAt = later(respondUntil, -EVIDENCE_ALARM_MS);
  if (now < alarmAt) return msUntil(alarmAt, now);
  await tellBoth(tx, payment, dispute, {
    kind: 'evidence_due',
    cause,
    text: `PayPal still waits for evidence about payment ${payment.id}. ${evidenceBy(dispute)}`,
  });
  return msUntil(respondUntil, now);
}

async function block(tx: EntityManager, payment: Payment, reason: string): Promise<void> {
  const disbursement = await openDisbursement(tx, payment.id);
  // A release under way is seen through: PayPal says itself whether the dispute stops it.
  if (disbursement && ['held', 'due', 'failed'].includes(disbursement.state)) {
    const why = workflowCause(reason);
    await changeState(tx, 'disbursement', disbursement.id, 'block', why, { nextTryAt: null });
  }
}

async function close(
  tx: EntityManager,
  { id: paymentId }: Payment,
  dispute: Dispute,
  there: DisputeAtPayPal,
): Promise<DisputeState> {
  const disbursement = await openDisbursement(tx, paymentId);
  const payment = await lockSubject(tx, 'payment', paymentId);
  const event = { won: 'win', lost: 'lose', withdrawn: 'withdraw' } as const;
  const result = there.result ?? 'lost';
  const why = workflowCause(there.outcomeAtPayPal);
  const refunds = await tx.findBy(Refund, { paymentId });
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
  if (!changed) return row.state;

  if (lostMinor > 0) await recordLoss(tx, payment, there, lostMinor);
  await tellEnd(tx, payment, row, { takenMinor, held: disbursement !== undefined });
  // Unless the loss was all there was, what is left goes on to the seller.
  const { state } = (await openDisbursement(tx, paymentId)) ?? {};
  if (disbursement && state === 'blocked') {
    await changeState(tx, 'disbursement', disbursement.id, 'unblock', why, { nextTryAt: null });
    await sendLater(tx, lookAgain(workflowIds.disbursement(disbursement.id)));
  }
  return row.state;
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

/** PayPal itself gave the money back: it is recorded as the refund that it is. */
async function recordLoss(
  tx: EntityManager,
  payment: Payment,
  there: DisputeAtPayPal,
  amountMinor: number,
): Promise<void> {
  await declareCause(tx, workflowCause('dispute lost'));
  const { identifiers } = await tx.insert(Refund, {
    paymentId: payment.id,
    auctionId: payment.auctionId,
    currency: payment.currency,
    amountMinor,
    reason: `dispute ${there.disputeId} lost`,
  });
  const refundId = identifiers[0]!.id as string;
  await changeState(tx, 'refund', refundId, 'send', workflowCause('by PayPal'));
  const { takenFromSellerMinor } = there;
  await recordRefund(tx, refundId, { takenFromSellerMinor });
}

async function openDisbursement(
  tx: EntityManager,
  paymentId: string,
): Promise<Disbursement | undefined> {
  const disbursement = await tx.findOneBy(Disbursement, { paymentId });
  if (!disbursement) return undefined;
  const locked = await lockSubject(tx, 'disbursement', disbursement.id);
  return isFinal(disbursementLifecycle, locked.state) ? undefined : locked;
}
