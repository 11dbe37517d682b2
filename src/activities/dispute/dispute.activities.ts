import type { DataSource, EntityManager } from 'typeorm';
import { changeState, declareCause, lockSubject } from '../../database/change-state.ts';
import { databaseNow } from '../../database/clock.ts';
import { followStops, openDisbursement } from '../../services/disbursement/follow-stops.ts';
import { Dispute, type Payment } from '../../database/entities/index.ts';
import type { DisputeState } from '../../domain/dispute/lifecycle.ts';
import type { Dispute as DisputeAtPayPal, PayPal } from '../../integrations/paypal/index.ts';
import { closeDispute } from './close-dispute.ts';
import { arrived, pollAfterMs, waitFor, workflowCause, type Look } from '../runtime/context.ts';
import { paymentsOf } from './payment-of.ts';
import { recordMovements } from './record-movements.ts';
import { reopen } from './reopen.ts';
import { rethrowForTemporal } from '../paypal/paypal-faults.ts';
import {
  tellOpened,
  tellReopened,
  tellSeveral,
  tellStage,
  tellStranger,
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
  const [payment, ...more] = await paymentsOf(tx, there.transactions);
  const dispute = await disputeOf(tx, payment, there);
  if (isOlder(there, dispute)) return waitFor(SOON_MS);
  if (!payment) return followStranger(tx, dispute, there);
  if (more.length > 0) await tellSeveral(tx, dispute, [payment, ...more]);
  await recordMovements(tx, payment, dispute, there.movements);
  if (there.status === 'resolved') return closeDispute(tx, payment, dispute, there);
  if (await reopen(tx, dispute, workflowCause(there.statusAtPayPal))) {
    await tellReopened(tx, payment, dispute);
  }
  await block(tx, payment, there.reason);
  const now = await databaseNow(tx);
  return waitFor(Math.min(ASK_EVERY_MS, await untilEvidenceIsDue(tx, payment, dispute, now)));
}

/** Our row of the dispute, as PayPal has it now; who should know of what is new is told. */
async function disputeOf(
  tx: EntityManager,
  payment: Payment | undefined,
  there: DisputeAtPayPal,
): Promise<Dispute> {
  const { disputeId: paypalDisputeId, reason } = there;
  const known = await tx.findOneBy(Dispute, { paypalDisputeId });
  if (known && isOlder(there, known)) return known;
  const facts = {
    paymentId: payment?.id ?? known?.paymentId ?? null,
    stage: there.stage ?? null,
    statusAtPaypal: there.statusAtPayPal,
    amountMinor: there.amount?.amountMinor ?? null,
    respondUntil: there.respondUntil ? new Date(there.respondUntil) : null,
    appealable: there.appealable,
    updatedAtPaypal: there.updatedAt ? new Date(there.updatedAt) : null,
  };
  if (known) {
    await tx.update(Dispute, { id: known.id }, facts);
    const now = { ...known, ...facts };
    if (payment && !known.paymentId) await tellOpened(tx, payment, now, there);
    else if (payment && known.stage !== facts.stage) await tellStage(tx, payment, now);
    return Object.assign(known, facts);
  }
  await declareCause(tx, workflowCause(reason));
  await tx.insert(Dispute, { paypalDisputeId, disputeReason: reason, ...facts });
  const dispute = await tx.findOneByOrFail(Dispute, { paypalDisputeId });
  if (payment) await tellOpened(tx, payment, dispute, there);
  else await tellStranger(tx, dispute, there);
  return dispute;
}

/**
 * It is about another sale of the account's, or about one whose capture is not recorded yet; or PayPal does
 * not say. It is shown, and has no money here.
 */
async function followStranger(
  tx: EntityManager,
  { id, createdAt }: Dispute,
  { status, result = 'lost', outcomeAtPayPal }: DisputeAtPayPal,
): Promise<Look<DisputeState>> {
  if (status !== 'resolved') return waitFor(pollAfterMs(createdAt, await databaseNow(tx)));
  const { state } = await lockSubject(tx, 'dispute', id);
  if (state === result) return arrived(state);
  const event = { won: 'win', lost: 'lose', withdrawn: 'withdraw' } as const;
  const why = workflowCause(outcomeAtPayPal);
  await reopen(tx, { id, state }, why);
  const ended = { outcome: outcomeAtPayPal ?? null, respondUntil: null };
  return arrived((await changeState(tx, 'dispute', id, event[result], why, ended)).row.state);
}

/** An answer that was long under way; another has been taken in since. */
const isOlder = ({ updatedAt }: DisputeAtPayPal, { updatedAtPaypal }: Dispute): boolean =>
  updatedAtPaypal !== null && updatedAt !== undefined && new Date(updatedAt) < updatedAtPaypal;

const SOON_MS = 30_000;

async function block(tx: EntityManager, payment: Payment, reason: string): Promise<void> {
  const disbursement = await openDisbursement(tx, payment.id);
  if (disbursement) await followStops(tx, disbursement, workflowCause(reason));
}
