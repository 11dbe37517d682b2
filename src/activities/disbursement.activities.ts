import type { DataSource, EntityManager } from 'typeorm';
import { databaseNow } from '../database/clock.ts';
import { changeState, lockSubject } from '../database/change-state.ts';
import { Disbursement, Dispute, type Payment } from '../database/entities/index.ts';
import { heldFor, post } from '../database/post-ledger.ts';
import { settlementFor } from '../domain/erp-document.ts';
import { releasePosting } from '../domain/ledger.ts';
import {
  disbursementLifecycle,
  type DisbursementState,
} from '../domain/lifecycles/disbursement.ts';
import { isFinal } from '../domain/lifecycles/lifecycle.ts';
import { toDecimal } from '../domain/money.ts';
import type { PayPal } from '../integrations/paypal/index.ts';
import { arrived, later, msUntil, waitFor, workflowCause, type Look } from './context.ts';
import {
  hindranceOf,
  nothingForSeller,
  raiseAlarm,
  refundIsUnderWay,
  type Hindrance,
} from './hold-alarm.ts';
import { issueDocument, saleOf } from './issue-document.ts';
import { toBeNetted } from './netting.ts';
import { notify, OPERATORS } from '../database/notices.ts';
import { RELEASE, type ReleaseOutcome } from './release-ways.ts';

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
  const disbursement = await lockSubject(tx, 'disbursement', id);
  const { state, alarmAt, lastSafeAt, dueAt } = disbursement;
  if (isFinal(disbursementLifecycle, state)) return arrived(state);

  const now = await databaseNow(tx);
  const hindrance = await hindranceOf(tx, disbursement);
  await raiseAlarm(tx, disbursement, hindrance, now);
  // A release that has begun is seen through, by asking.
  if (hindrance?.kind === 'unconfirmed' || (state === 'due' && !hindrance)) return arrived('due');

  const goesAt = hindrance ? triedAgainAt(disbursement, hindrance) : earlier(dueAt, lastSafeAt);
  if (goesAt && now >= goesAt) {
    await letGo(tx, disbursement, hindrance);
    return arrived('due');
  }
  const moments = hindrance ? [goesAt, alarmAt, lastSafeAt] : [goesAt];
  const coming = moments.filter((moment) => moment !== null && moment > now) as Date[];
  return waitFor(coming.length > 0 ? Math.min(...coming.map((m) => msUntil(m, now))) : null);
}

/** When PayPal is asked although something stands against it; null: when that has gone. */
function triedAgainAt(
  { nextTryAt, lastSafeAt, autoReleaseAt }: Disbursement,
  { kind }: Hindrance,
): Date | null {
  switch (kind) {
    case 'failed':
      return nextTryAt ?? lastSafeAt;
    case 'disputed':
      return nextTryAt ?? paypalHasPaidBy(autoReleaseAt);
    // PayPal holds money for 28 days, whoever holds it back here.
    case 'heldBack':
      return paypalHasPaidBy(autoReleaseAt);
    case 'refunding':
    case 'unconfirmed':
      return null;
  }
}

async function letGo(
  tx: EntityManager,
  disbursement: Disbursement,
  hindrance: Hindrance | undefined,
): Promise<void> {
  const { id, arrivedAt } = disbursement;
  switch (hindrance?.kind) {
    case 'disputed': // It stays blocked: the release only asks.
      return;
    case 'failed':
      await changeState(tx, 'disbursement', id, 'tryAgain', workflowCause('its time has come'));
      return;
    case 'heldBack':
      await changeState(
        tx,
        'disbursement',
        id,
        'comeDue',
        workflowCause("PayPal's 28 days are over"),
      );
      return;
    default: {
      const why = arrivedAt ? 'arrived and inspected' : 'no arrival known at the end of the hold';
      await changeState(tx, 'disbursement', id, 'comeDue', workflowCause(why));
    }
  }
}

async function nothingIsHeld(tx: EntityManager, disbursement: Disbursement): Promise<boolean> {
  const held = await heldFor(tx, disbursement.auctionId, disbursement.sellerId);
  return Object.values(held).every((minor) => minor === 0);
}

async function beginRelease(tx: EntityManager, id: string): Promise<Disbursement> {
  const disbursement = await lockSubject(tx, 'disbursement', id);
  const { state, nextTryAt, autoReleaseAt } = disbursement;
  const now = await databaseNow(tx);
  // PayPal may be away for days, and then nobody looks: so the alarm is raised here, too.
  await raiseAlarm(tx, disbursement, await hindranceOf(tx, disbursement), now);
  if (state === 'unknown') {
    return (await changeState(tx, 'disbursement', id, 'retryRelease', workflowCause())).row;
  }
  const asks =
    state === 'due' ||
    (state === 'blocked' && now >= (nextTryAt ?? paypalHasPaidBy(autoReleaseAt)));
  // Seen under the same lock that a refund takes: the two never run at once.
  if (!asks || (await refundIsUnderWay(tx, disbursement))) return disbursement;
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

async function recordFailure(
  tx: EntityManager,
  disbursement: Disbursement,
  { reason, retryable }: { reason: string; retryable: boolean },
  now: Date,
): Promise<DisbursementState> {
  const { id, paymentId, autoReleaseAt } = disbursement;
  const failures = disbursement.failures + 1;
  const cleared = { failureReason: reason, payoutItemId: null, nettedMinor: 0, failures };
  if (await tx.existsBy(Dispute, { paymentId, state: 'open' })) {
    const nextTryAt = later(now < autoReleaseAt ? autoReleaseAt : now, ASKED_WHILE_DISPUTED_MS);
    const why = workflowCause(reason);
    await changeState(tx, 'disbursement', id, 'block', why, { ...cleared, nextTryAt });
    return 'blocked';
  }
  // After 28 days "PayPal holds no money for it" means that PayPal has paid by itself.
  if (reason === 'TRANSACTION_NOT_VALID' && now >= autoReleaseAt) {
    return settle(tx, id, 'recordAutoRelease');
  }
  const nothing = await nothingForSeller(tx, disbursement);
  const nextTryAt =
    nothing && now < autoReleaseAt
      ? paypalHasPaidBy(autoReleaseAt)
      : nextTry(disbursement, retryable, now);
  const why = workflowCause(reason);
  await changeState(tx, 'disbursement', id, 'fail', why, { ...cleared, nextTryAt });
  const again = `It is tried again by itself at ${nextTryAt.toISOString()}`;
  await notify(tx, {
    recipientId: OPERATORS,
    kind: nothing ? 'nothing_for_seller' : 'release_failed',
    subjectId: id,
    occasion: failures,
    text: nothing
      ? `Refunds have left nothing for the seller, and PayPal does not pay out nothing (${reason}). What is left for the house comes when PayPal's 28 days are over, at ${autoReleaseAt.toISOString()}; or refund the rest.`
      : `PayPal did not pay the seller: ${reason}. Mend the cause, then release again. ${again}.`,
  });
  return 'failed';
}

const HOUR_MS = 3_600_000;

/**
 * To ask for a release is to cause it, should PayPal not have paid by itself: money that a person holds
 * back is not asked about before PayPal has had its time.
 */
const paypalHasPaidBy = (autoReleaseAt: Date): Date => later(autoReleaseAt, HOUR_MS);

const ASKED_WHILE_DISPUTED_MS = 24 * HOUR_MS;
const ASKED_AFTER_28_DAYS_MS = 6 * HOUR_MS;
/** A failure inside PayPal may pass: after 1, 2, 4, 8 and 16 hours. */
const MOST_TRIES = 5;

/** When a failed release is tried again by itself: a last time at the last safe moment. */
function nextTry(
  { failures, lastSafeAt, autoReleaseAt }: Disbursement,
  retryable: boolean,
  now: Date,
): Date {
  if (now >= autoReleaseAt) return later(now, ASKED_AFTER_28_DAYS_MS);
  if (retryable && failures < MOST_TRIES) return later(now, HOUR_MS * 2 ** failures);
  return now < lastSafeAt ? lastSafeAt : paypalHasPaidBy(autoReleaseAt);
}

/** The seller has the money: ledger, auction, ERP and the seller hear of it in one transaction. */
async function settle(
  tx: EntityManager,
  id: string,
  event: 'confirmRelease' | 'recordAutoRelease',
  { payoutId, payoutFeeMinor }: { payoutId?: string; payoutFeeMinor: number } = {
    payoutFeeMinor: 0,
  },
): Promise<DisbursementState> {
  const { changed, row } = await changeState(tx, 'disbursement', id, event, workflowCause(), {
    releasedAt: await databaseNow(tx),
    failureReason: null,
    alarm: null,
    nextTryAt: null,
    ...(payoutId && { payoutItemId: payoutId }),
  });
  if (!changed) return row.state;
  const payment = await lockSubject(tx, 'payment', row.paymentId);
  const held = await heldFor(tx, row.auctionId, row.sellerId);
  const { nettedMinor } = row;
  const release = { ...payment, disbursementId: id, payoutFeeMinor, nettedMinor };
  await post(tx, releasePosting(release, held));
  await changeState(tx, 'auction', row.auctionId, 'settle', workflowCause());
  await issueDocument(
    tx,
    'settlement',
    id,
    settlementFor(await saleOf(tx, payment), {
      refundedMinor: payment.payoutMinor! - held.sellerMinor,
      nettedMinor,
    }),
    row,
  );
  await notify(tx, {
    recipientId: row.sellerId,
    kind: 'paid_out',
    subjectId: id,
    text: `PayPal has paid you ${toDecimal(held.sellerMinor - nettedMinor, row.currency)} ${row.currency}.${nettedText(row, payment)}${creditText(payment)}`,
  });
  if (event === 'recordAutoRelease') {
    await notify(tx, {
      recipientId: OPERATORS,
      kind: 'auto_released',
      subjectId: id,
      text: `PayPal has paid the seller by itself, 28 days after the capture.`,
    });
  }
  return row.state;
}

function nettedText({ nettedMinor }: Disbursement, { recoveryMinor, currency }: Payment): string {
  const keptMinor = nettedMinor + recoveryMinor;
  return keptMinor
    ? ` We have kept ${toDecimal(keptMinor, currency)} ${currency} for what you owed us.`
    : '';
}

const creditText = ({ sellerCreditMinor, currency }: Payment): string =>
  sellerCreditMinor
    ? ` We owe you ${toDecimal(sellerCreditMinor, currency)} ${currency} more: PayPal's fee, which we bear.`
    : '';

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);
