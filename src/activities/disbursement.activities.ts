import type { DataSource, EntityManager } from 'typeorm';
import { In } from 'typeorm';
import { databaseNow } from '../database/clock.ts';
import { changeState, lockSubject } from '../database/change-state.ts';
import { Disbursement, Dispute, Payment, Refund, Seller } from '../database/entities/index.ts';
import { heldFor, post } from '../database/post-ledger.ts';
import { settlementFor } from '../domain/erp-document.ts';
import { releasePosting } from '../domain/ledger.ts';
import {
  disbursementLifecycle,
  type DisbursementState,
} from '../domain/lifecycles/disbursement.ts';
import { isFinal } from '../domain/lifecycles/lifecycle.ts';
import { toDecimal } from '../domain/money.ts';
import type { PayoutItem, PayPal } from '../integrations/paypal/index.ts';
import { arrived, msUntil, waitFor, workflowCause, type Look } from './context.ts';
import { issueDocument, saleOf } from './issue-document.ts';
import { notify, OPERATORS } from '../database/notices.ts';
import { markUnknownIfAmbiguous, rethrowForTemporal } from './paypal-faults.ts';

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
   * Has PayPal pay the seller. PayPal knows a capture that it has paid out, whatever the key, so this
   * may be repeated for ever; while PayPal is still at it, the answer is `releasing`.
   */
  async release(disbursementId: string): Promise<DisbursementState> {
    const begun = await database.transaction((tx) => beginRelease(tx, disbursementId));
    if (begun.state !== 'releasing') return begun.state;
    // PayPal refuses to pay out nothing: its fee may be all that a sale of cents has brought.
    if (await nothingIsHeld(database.manager, begun)) {
      return database.transaction((tx) => settle(tx, disbursementId, 'confirmRelease'));
    }
    const { captureId, sellerId } = await database.manager.findOneByOrFail(Payment, {
      id: begun.paymentId,
    });
    const seller = await database.manager.findOneByOrFail(Seller, { id: sellerId });
    const call = begun.payoutItemId
      ? paypal.referencedPayouts
          .get(begun.payoutItemId)
          .then(asOutcome, rethrowForTemporal(database, disbursementId))
      : paypal.referencedPayouts
          .release({
            captureId: captureId!,
            // PayPal repeats a failed item for its key; a later attempt is another request.
            requestId: `release:${disbursementId}:${begun.failures + 1}`,
            sellerMerchantId: seller.paypalMerchantId,
          })
          .catch(markUnknownIfAmbiguous(database, 'disbursement', disbursementId));
    const outcome = await call;
    return database.transaction((tx) => recordRelease(tx, disbursementId, outcome));
  },
});

/** A person is told this long before the last safe moment that held-back money needs a decision. */
const ALARM_BEFORE_LAST_SAFE_MS = 2 * 24 * 3_600_000;

async function look(tx: EntityManager, id: string): Promise<Look<DisbursementState>> {
  const disbursement = await lockSubject(tx, 'disbursement', id);
  const { state } = disbursement;
  if (isFinal(disbursementLifecycle, state)) return arrived(state);
  // A release that has begun is seen through, by asking.
  if (state === 'releasing' || state === 'unknown') return arrived('due');

  const now = await databaseNow(tx);
  if (now >= disbursement.autoReleaseAt) return arrived(await recordAutoRelease(tx, disbursement));
  if (state === 'blocked' || state === 'failed' || (await refundIsUnderWay(tx, disbursement))) {
    return waitFor(msUntil(disbursement.autoReleaseAt, now));
  }
  if (state === 'due') return arrived('due');
  if (disbursement.holdReason !== null) return waitFor(await whileHeldBack(tx, disbursement, now));

  const due = earlier(disbursement.dueAt, disbursement.lastSafeAt);
  if (now < due) return waitFor(msUntil(due, now));
  const why = disbursement.arrivedAt
    ? 'arrived and inspected'
    : 'no arrival known at the end of the hold';
  await changeState(tx, 'disbursement', id, 'comeDue', workflowCause(why));
  return arrived('due');
}

async function whileHeldBack(
  tx: EntityManager,
  { id, lastSafeAt, autoReleaseAt, holdReason }: Disbursement,
  now: Date,
): Promise<number> {
  const alarmAt = new Date(lastSafeAt.getTime() - ALARM_BEFORE_LAST_SAFE_MS);
  if (now < alarmAt) return msUntil(alarmAt, now);
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'hold_ends',
    subjectId: id,
    text: `Held back (${holdReason}), but PayPal pays the seller by itself at ${autoReleaseAt.toISOString()}: release or refund before.`,
  });
  return msUntil(autoReleaseAt, now);
}

async function nothingIsHeld(tx: EntityManager, disbursement: Disbursement): Promise<boolean> {
  const held = await heldFor(tx, disbursement.auctionId, disbursement.sellerId);
  return held.sellerMinor === 0 && held.houseMinor === 0;
}

const refundIsUnderWay = (tx: EntityManager, { paymentId }: Disbursement): Promise<boolean> =>
  tx.existsBy(Refund, { paymentId, state: In(['requested', 'sending', 'unknown']) });

async function beginRelease(tx: EntityManager, id: string): Promise<Disbursement> {
  const disbursement = await lockSubject(tx, 'disbursement', id);
  if (disbursement.state === 'unknown') {
    return (await changeState(tx, 'disbursement', id, 'retryRelease', workflowCause())).row;
  }
  if (disbursement.state !== 'due') return disbursement;
  // Seen under the same lock that a refund takes: the two never run at once.
  if (await refundIsUnderWay(tx, disbursement)) return disbursement;
  return (await changeState(tx, 'disbursement', id, 'release', workflowCause())).row;
}

function asOutcome(item: PayoutItem): ReleaseOutcome {
  switch (item.status) {
    case 'succeeded':
      return { outcome: 'released', item };
    case 'pending':
      return { outcome: 'pending', item };
    case 'failed':
      return { outcome: 'failed', reason: item.reason ?? 'no reason given' };
  }
}

/** What matters here of PayPal's answer, be it to the release or to a later question about it. */
type ReleaseOutcome =
  | { outcome: 'released'; item?: PayoutItem }
  | { outcome: 'pending'; item: PayoutItem }
  | { outcome: 'failed'; reason: string };

async function recordRelease(
  tx: EntityManager,
  id: string,
  outcome: ReleaseOutcome,
): Promise<DisbursementState> {
  switch (outcome.outcome) {
    case 'released':
      return settle(tx, id, 'confirmRelease', outcome.item?.itemId);
    case 'pending':
      await tx.update(Disbursement, { id }, { payoutItemId: outcome.item.itemId });
      return 'releasing';
    case 'failed':
      return recordFailure(tx, id, outcome.reason);
  }
}

async function recordFailure(
  tx: EntityManager,
  id: string,
  reason: string,
): Promise<DisbursementState> {
  const { paymentId, failures } = await lockSubject(tx, 'disbursement', id);
  const cleared = { failureReason: reason, payoutItemId: null, failures: failures + 1 };
  if (
    reason === 'TRANSACTION_UNDER_DISPUTE' &&
    (await tx.existsBy(Dispute, { paymentId, state: 'open' }))
  ) {
    await changeState(tx, 'disbursement', id, 'block', workflowCause(reason), cleared);
    return 'blocked';
  }
  await changeState(tx, 'disbursement', id, 'fail', workflowCause(reason), cleared);
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'release_failed',
    subjectId: id,
    text: `PayPal did not pay the seller: ${reason}. Mend the cause, then release again.`,
  });
  return 'failed';
}

/** PayPal pays the seller by itself at 28 days: no call of ours, but the same consequences. */
function recordAutoRelease(tx: EntityManager, { id }: Disbursement): Promise<DisbursementState> {
  return settle(tx, id, 'recordAutoRelease');
}

/** The seller has the money: ledger, auction, ERP and the seller hear of it in one transaction. */
async function settle(
  tx: EntityManager,
  id: string,
  event: 'confirmRelease' | 'recordAutoRelease',
  payoutItemId?: string,
): Promise<DisbursementState> {
  const { changed, row } = await changeState(tx, 'disbursement', id, event, workflowCause(), {
    releasedAt: await databaseNow(tx),
    failureReason: null,
    ...(payoutItemId && { payoutItemId }),
  });
  if (!changed) return row.state;
  const payment = await lockSubject(tx, 'payment', row.paymentId);
  const held = await heldFor(tx, row.auctionId, row.sellerId);
  await post(tx, releasePosting({ ...payment, disbursementId: id }, held));
  await changeState(tx, 'auction', row.auctionId, 'settle', workflowCause());
  await issueDocument(
    tx,
    'settlement',
    id,
    settlementFor(await saleOf(tx, payment), payment.payoutMinor! - held.sellerMinor),
    row,
  );
  await notify(tx, {
    recipientId: row.sellerId,
    kind: 'paid_out',
    subjectId: id,
    text: `PayPal has paid you ${toDecimal(held.sellerMinor, row.currency)} ${row.currency}.${creditText(payment)}`,
  });
  return row.state;
}

const creditText = ({ sellerCreditMinor, currency }: Payment): string =>
  sellerCreditMinor
    ? ` We owe you ${toDecimal(sellerCreditMinor, currency)} ${currency} more: PayPal's fee, which we bear.`
    : '';

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);
