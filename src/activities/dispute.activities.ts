import { In, type DataSource, type EntityManager } from 'typeorm';
import { declareCause } from '../database/change-state.ts';
import { databaseNow } from '../database/clock.ts';
import { followStops, openDisbursement } from '../database/disbursements/follow-stops.ts';
import { Dispute, Payment } from '../database/entities/index.ts';
import type { DisputeState } from '../domain/lifecycles/dispute.ts';
import { toDecimal } from '../domain/money.ts';
import type { Dispute as DisputeAtPayPal, PayPal } from '../integrations/paypal/index.ts';
import { closeDispute } from './close-dispute.ts';
import { arrived, pollAfterMs, waitFor, workflowCause, type Look } from './context.ts';
import { reopen } from './disputes/reopen.ts';
import { rethrowForTemporal } from './paypal-faults.ts';
import {
  evidenceBy,
  tellBoth,
  tellReopened,
  tellStage,
  untilEvidenceIsDue,
} from './tell-dispute.ts';

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

async function follow(tx: EntityManager, there: DisputeAtPayPal): Promise<Look<DisputeState>> {
  const payment = await tx.findOneBy(Payment, { captureId: In([...there.captureIds]) });
  if (!payment) return lookForPayment(tx, there);
  const dispute = await disputeOf(tx, payment, there);
  if (isOlder(there, dispute)) return waitFor(SOON_MS);
  if (there.status === 'resolved') return closeDispute(tx, payment, dispute, there);
  if (await reopen(tx, dispute, workflowCause(there.statusAtPayPal))) {
    await tellReopened(tx, payment, dispute);
  }
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
    appealable: there.appealable,
    updatedAtPaypal: new Date(there.updatedAt),
  };
  if (known && isOlder(there, known)) return known;
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

/** An answer that was long under way; another has been taken in since. */
const isOlder = ({ updatedAt }: DisputeAtPayPal, { updatedAtPaypal }: Dispute): boolean =>
  updatedAtPaypal !== null && new Date(updatedAt) < updatedAtPaypal;

const SOON_MS = 1_000;

async function block(tx: EntityManager, payment: Payment, reason: string): Promise<void> {
  const disbursement = await openDisbursement(tx, payment.id);
  if (disbursement) await followStops(tx, disbursement, workflowCause(reason));
}
