import type { DataSource, EntityManager } from 'typeorm';
import { In } from 'typeorm';
import { databaseNow } from '../database/clock.ts';
import { changeState, declareCause } from '../database/change-state.ts';
import { Disbursement, Dispute, Payment, Refund } from '../database/entities/index.ts';
import { sendLater } from '../database/outbox.ts';
import { disbursementLifecycle } from '../domain/lifecycles/disbursement.ts';
import type { DisputeState } from '../domain/lifecycles/dispute.ts';
import { isFinal } from '../domain/lifecycles/lifecycle.ts';
import type { Dispute as DisputeAtPayPal, PayPal } from '../integrations/paypal/index.ts';
import { lookAgain, workflowIds } from '../workflows/messages.ts';
import { arrived, pollAfterMs, waitFor, workflowCause, type Look } from './context.ts';
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

/** Disputes take weeks. */
const LONGEST_POLL_MS = 24 * 3_600_000;

async function follow(tx: EntityManager, there: DisputeAtPayPal): Promise<Look<DisputeState>> {
  const payment = await tx.findOneBy(Payment, { captureId: In([...there.captureIds]) });
  if (!payment) throw new Error(`Dispute ${there.disputeId} is about no payment of ours`);
  const dispute = await disputeOf(tx, payment, there);
  if (there.status === 'open') {
    await block(tx, payment, there.reason);
    return waitFor(pollAfterMs(dispute.createdAt, await databaseNow(tx), LONGEST_POLL_MS));
  }
  return arrived(await close(tx, payment, dispute, there));
}

async function disputeOf(
  tx: EntityManager,
  payment: Payment,
  there: DisputeAtPayPal,
): Promise<Dispute> {
  const known = await tx.findOneBy(Dispute, { paypalDisputeId: there.disputeId });
  if (known) return known;
  await declareCause(tx, workflowCause(there.reason));
  await tx.insert(Dispute, {
    paymentId: payment.id,
    paypalDisputeId: there.disputeId,
    disputeReason: there.reason,
  });
  const dispute = await tx.findOneByOrFail(Dispute, { paypalDisputeId: there.disputeId });
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'dispute_opened',
    subjectId: dispute.id,
    text: `The buyer disputes payment ${payment.id}: ${there.reason}. Send evidence at PayPal in time.`,
  });
  return dispute;
}

async function block(tx: EntityManager, payment: Payment, reason: string): Promise<void> {
  const disbursement = await openDisbursement(tx, payment);
  // A release under way is seen through: PayPal says itself whether the dispute stops it.
  if (disbursement && ['held', 'due', 'failed'].includes(disbursement.state)) {
    const why = workflowCause(reason);
    await changeState(tx, 'disbursement', disbursement.id, 'block', why, { nextTryAt: null });
  }
}

async function close(
  tx: EntityManager,
  payment: Payment,
  dispute: Dispute,
  there: DisputeAtPayPal,
): Promise<DisputeState> {
  const event = { won: 'win', lost: 'lose', withdrawn: 'withdraw' } as const;
  const ended = event[there.result ?? 'lost'];
  const why = workflowCause(there.outcomeAtPayPal);
  const { changed, row } = await changeState(tx, 'dispute', dispute.id, ended, why);
  if (!changed) return row.state;

  if (there.refundedMinor > 0) await recordLoss(tx, payment, there);
  const disbursement = await openDisbursement(tx, payment);
  if (disbursement?.state === 'blocked') {
    await changeState(tx, 'disbursement', disbursement.id, 'unblock', why);
    await sendLater(tx, lookAgain(workflowIds.disbursement(disbursement.id)));
  }
  return row.state;
}

/** PayPal itself gave the money back: it is recorded as the refund that it is. */
async function recordLoss(
  tx: EntityManager,
  payment: Payment,
  there: DisputeAtPayPal,
): Promise<void> {
  await declareCause(tx, workflowCause('dispute lost'));
  const { identifiers } = await tx.insert(Refund, {
    paymentId: payment.id,
    auctionId: payment.auctionId,
    currency: payment.currency,
    amountMinor: Math.min(there.refundedMinor, payment.amountMinor - payment.refundedMinor),
    reason: `dispute ${there.disputeId} lost`,
  });
  const refundId = identifiers[0]!.id as string;
  await changeState(tx, 'refund', refundId, 'send', workflowCause('by PayPal'));
  await recordRefund(tx, refundId, null);
}

async function openDisbursement(
  tx: EntityManager,
  payment: Payment,
): Promise<Disbursement | undefined> {
  const disbursement = await tx.findOneBy(Disbursement, { paymentId: payment.id });
  if (!disbursement || isFinal(disbursementLifecycle, disbursement.state)) return undefined;
  return disbursement;
}
