import type { DataSource, EntityManager } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { changeState, lockSubject } from '../../database/change-state.ts';
import { followStops } from '../../services/disbursement/follow-stops.ts';
import { holdFacts } from '../../services/disbursement/hold-facts.ts';
import { Disbursement, Refund } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { sendLater } from '../../database/outbox.ts';
import { heldFor } from '../../services/ledger/post-ledger.ts';
import { mayLeave, type Hindrance } from '../../domain/disbursement/may-leave.ts';
import type { DisbursementState } from '../../domain/disbursement/lifecycle.ts';
import type { PayPal } from '../../integrations/paypal/index.ts';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import { arrived, msUntil, waitFor, workflowCause, type Look } from '../runtime/context.ts';
import { recordFailure } from './failed-release.ts';
import { raiseAlarm } from './hold-alarm.ts';
import { toBeNetted } from './netting.ts';
import { RELEASE, type ReleaseOutcome } from './release-ways.ts';
import { settle } from './settle.ts';

export interface DisbursementDeps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

export const createDisbursementActivities = ({ database, paypal }: DisbursementDeps) => ({
  /** Is the money to be released now, later, or no longer? Moves it to due when its time has come. */
  lookAtDisbursement(disbursementId: string): Promise<Look<DisbursementState>> {
    return database.transaction((tx) => look(tx, disbursementId));
  },

  /**
   * Has PayPal pay the seller, in the way that fits the account which the money is in. May be repeated
   * for ever; while PayPal is still at it, the answer is `releasing`.
   */
  async release(disbursementId: string): Promise<DisbursementState> {
    const begun = await database.transaction((tx) => beginRelease(tx, disbursementId));
    if (begun.state !== 'releasing') return begun.state;
    // PayPal refuses to pay out nothing: its fee may be all that a sale of cents has brought.
    if (await nothingIsHeld(database.manager, begun)) {
      return database.transaction((tx) => settle(tx, disbursementId, 'confirmRelease'));
    }
    const outcome = await RELEASE[begun.heldBy]({ database, paypal }, begun);
    return database.transaction((tx) => recordRelease(tx, disbursementId, outcome));
  },
});

async function look(tx: EntityManager, id: string): Promise<Look<DisbursementState>> {
  const { disbursement, may, now } = await standing(tx, id);
  switch (may.answer) {
    case 'over':
      return arrived(disbursement.state);
    case 'yes':
      await letGo(tx, disbursement, may.hindrance);
      return arrived('due');
    case 'notYet':
      return waitFor(may.wakeAt && msUntil(may.wakeAt, now));
  }
}

/** Where the money stands, under the lock that a refund takes, too: the two never run at once. */
async function standing(tx: EntityManager, id: string) {
  const locked = await lockSubject(tx, 'disbursement', id);
  const disbursement = await followStops(tx, locked, workflowCause());
  const now = await databaseNow(tx);
  const may = mayLeave(await holdFacts(tx, disbursement), now);
  if (may.answer !== 'over') await raiseAlarm(tx, disbursement, may.hindrance, now);
  return { disbursement, may, now };
}

/** Its time has come: it is due, whatever it has been until now. */
async function letGo(
  tx: EntityManager,
  disbursement: Disbursement,
  hindrance: Hindrance | undefined,
): Promise<Disbursement> {
  const { id, state, arrivedAt } = disbursement;
  if (state === 'failed') {
    const cause = workflowCause('its time has come');
    return (await changeState(tx, 'disbursement', id, 'tryAgain', cause)).row;
  }
  // What is blocked stays so: the release only asks.
  if (state !== 'held') return disbursement;
  const onItsOwn = arrivedAt ? 'arrived and inspected' : 'no arrival known at the end of the hold';
  const cause = workflowCause(hindrance ? "PayPal's 28 days are over" : onItsOwn);
  return (await changeState(tx, 'disbursement', id, 'comeDue', cause)).row;
}

async function nothingIsHeld(tx: EntityManager, disbursement: Disbursement): Promise<boolean> {
  const held = await heldFor(
    tx,
    disbursement.auctionId,
    disbursement.sellerId,
    disbursement.paymentId,
  );
  return Object.values(held).every((minor) => minor === 0);
}

/** PayPal may be away for days, and then nobody looks: so here the alarm is raised, too. */
async function beginRelease(tx: EntityManager, id: string): Promise<Disbursement> {
  const { disbursement, may } = await standing(tx, id);
  if (may.answer !== 'yes') return disbursement;
  const { state } = await letGo(tx, disbursement, may.hindrance);
  if (state === 'unknown') {
    return (await changeState(tx, 'disbursement', id, 'retryRelease', workflowCause())).row;
  }
  if (state === 'releasing') return disbursement;
  const nettedMinor = await toBeNetted(tx, disbursement);
  const why = workflowCause();
  return (await changeState(tx, 'disbursement', id, 'release', why, { nettedMinor })).row;
}

async function recordRelease(
  tx: EntityManager,
  id: string,
  outcome: ReleaseOutcome,
): Promise<DisbursementState> {
  const disbursement = await lockSubject(tx, 'disbursement', id);
  const now = await databaseNow(tx);
  if (outcome.outcome !== 'pending') await refundsGoOn(tx, disbursement);
  switch (outcome.outcome) {
    case 'released': {
      const { payoutItemId, autoReleaseAt } = disbursement;
      // Paid before we asked, with no payout of ours: PayPal has done it by itself.
      const byPayPal = !outcome.payoutId && !payoutItemId && now >= autoReleaseAt;
      const event = byPayPal ? 'recordAutoRelease' : 'confirmRelease';
      return settle(tx, id, event, outcome);
    }
    case 'pending':
      await tx.update(Disbursement, { id }, { payoutItemId: outcome.payoutId });
      if (outcome.unclaimed) await tellUnclaimed(tx, disbursement);
      return 'releasing';
    case 'failed':
      return recordFailure(tx, disbursement, outcome, now);
  }
}

/** A refund waits while a release is under way, however that ends. */
async function refundsGoOn(tx: EntityManager, { paymentId }: Disbursement): Promise<void> {
  for (const { id } of await tx.findBy(Refund, { paymentId, state: 'requested' })) {
    await sendLater(tx, lookAgain(workflowIds.refund(id)));
  }
}

/** The seller must accept it at PayPal; after 30 days it comes back, and has failed. */
async function tellUnclaimed(
  tx: EntityManager,
  { id, sellerId, failures }: Disbursement,
): Promise<void> {
  const notice = { kind: 'payout_unclaimed', subjectId: id, occasion: failures + 1 } as const;
  await notify(tx, {
    ...notice,
    recipientId: sellerId,
    text: 'Your money is waiting at PayPal: accept it there within 30 days.',
  });
  await notify(tx, {
    ...notice,
    recipientId: OPERATORS,
    text: `Seller ${sellerId} has not accepted the payout. It comes back after 30 days, and can then be made again.`,
  });
}
