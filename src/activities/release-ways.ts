import type { DataSource } from 'typeorm';
import { databaseNow } from '../database/clock.ts';
import { Payment, Seller, type Disbursement } from '../database/entities/index.ts';
import { heldFor } from '../database/post-ledger.ts';
import {
  PayPalError,
  verdictOn,
  type Payout,
  type PayoutItem,
  type PayPal,
} from '../integrations/paypal/index.ts';
import { later } from './context.ts';
import { markUnknownIfAmbiguous, rethrowForTemporal } from './paypal-faults.ts';

interface Deps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

/** What matters of PayPal's answer, be it to the release or to a later question about it. */
export type ReleaseOutcome =
  /** Without an id when another call has released the money before, or none had to move. */
  | { outcome: 'released'; payoutId?: string; payoutFeeMinor: number }
  | { outcome: 'pending'; payoutId: string; unclaimed: boolean }
  | { outcome: 'failed'; reason: string; retryable: boolean };

/** How the seller gets the money, by whose account it is in. */
export const RELEASE: Record<
  Disbursement['heldBy'],
  (deps: Deps, disbursement: Disbursement) => Promise<ReleaseOutcome>
> = { paypal: releaseFromHold, house: payFromHouse };

/** PayPal knows a capture that it has paid out, whatever the key: this may be repeated for ever. */
async function releaseFromHold({ database, paypal }: Deps, disbursement: Disbursement) {
  const { id, payoutItemId } = disbursement;
  if (payoutItemId) {
    return paypal.referencedPayouts
      .get(payoutItemId)
      .then(outcomeOfItem, rethrowForTemporal(database, id));
  }
  const { seller, payment } = await partiesOf(database, disbursement);
  const outcome = await paypal.referencedPayouts
    .release({
      captureId: payment.captureId!,
      requestId: attemptOf(disbursement),
      sellerMerchantId: seller.paypalMerchantId,
    })
    .catch(markUnknownIfAmbiguous(database, 'disbursement', id));
  switch (outcome.outcome) {
    case 'released':
      return { outcome: 'released', payoutId: outcome.item?.itemId, payoutFeeMinor: 0 } as const;
    case 'pending':
      return outcomeOfItem(outcome.item);
    case 'failed': {
      const reason = await refined(outcome.reason, payment.captureId!, paypal);
      return { ...outcome, reason };
    }
  }
}

/** "Not valid" may mean that all has gone back to the buyer, of which we have not heard yet. */
async function refined(reason: string, captureId: string, paypal: PayPal): Promise<string> {
  if (reason !== 'TRANSACTION_NOT_VALID') return reason;
  const { status } = await paypal.captures.get(captureId);
  return status === 'refunded' ? `${reason}: refunded` : reason;
}

/** How long PayPal remembers the id of a batch. */
const BATCH_ID_IS_KEPT_MS = 30 * 24 * 3_600_000;

/** The seller's part, as the ledger has it, less what is netted, out of the house's own PayPal balance. */
async function payFromHouse(
  { database, paypal }: Deps,
  disbursement: Disbursement,
): Promise<ReleaseOutcome> {
  const { id, payoutItemId, auctionId, sellerId, currency, nettedMinor } = disbursement;
  if (payoutItemId) {
    return paypal.payouts.get(payoutItemId).then(outcomeOfPayout, rethrowForTemporal(database, id));
  }
  const { seller } = await partiesOf(database, disbursement);
  const { sellerMinor } = await heldFor(database.manager, auctionId, sellerId);
  const amountMinor = sellerMinor - nettedMinor;
  if (amountMinor <= 0 || seller.isHouse) return { outcome: 'released', payoutFeeMinor: 0 };

  await refuseAfterTheKeyHasGone(database, disbursement);
  const answer = await paypal.payouts
    .pay({
      senderBatchId: attemptOf(disbursement),
      senderItemId: id,
      merchantId: seller.paypalMerchantId,
      amountMinor,
      currency,
      note: `Sale ${auctionId}`,
    })
    .catch(markUnknownIfAmbiguous(database, 'disbursement', id));
  if (answer.outcome === 'accepted') return outcomeOfPayout(answer.payout);
  return { outcome: 'failed', reason: answer.reason, retryable: answer.retryable };
}

/** A payout that was never answered could be made again after 30 days: a person must look first. */
async function refuseAfterTheKeyHasGone(database: DataSource, { id }: Disbursement): Promise<void> {
  const [{ begun }] = await database.query<[{ begun: Date }]>(
    `SELECT max(at) AS begun FROM transition WHERE subject_id = $1 AND event = 'release'`,
    [id],
  );
  if ((await databaseNow(database)) < later(begun, BATCH_ID_IS_KEPT_MS)) return;
  const lost = `whether payout ${id} was made 30 days ago is not known: look it up at PayPal`;
  await rethrowForTemporal(
    database,
    id,
  )(new PayPalError('batchPayouts.create', 409, 'PAYOUT_UNKNOWN', 'none', lost));
}

/** PayPal repeats a failed payout for its key; a later attempt is another request. */
const attemptOf = ({ id, failures }: Disbursement): string => `release:${id}:${failures + 1}`;

async function partiesOf(database: DataSource, { paymentId, sellerId }: Disbursement) {
  const payment = await database.manager.findOneByOrFail(Payment, { id: paymentId });
  const seller = await database.manager.findOneByOrFail(Seller, { id: sellerId });
  return { payment, seller };
}

function outcomeOfItem(item: PayoutItem): ReleaseOutcome {
  switch (item.status) {
    case 'succeeded':
      return { outcome: 'released', payoutId: item.itemId, payoutFeeMinor: 0 };
    case 'pending':
      return { outcome: 'pending', payoutId: item.itemId, unclaimed: false };
    case 'failed':
      return failed(item.reason);
  }
}

function outcomeOfPayout({ batchId, status, reason, feeMinor }: Payout): ReleaseOutcome {
  switch (status) {
    case 'succeeded':
      return { outcome: 'released', payoutId: batchId, payoutFeeMinor: feeMinor };
    case 'pending':
    case 'unclaimed':
      return { outcome: 'pending', payoutId: batchId, unclaimed: status === 'unclaimed' };
    case 'failed':
      return failed(reason);
  }
}

const failed = (reason = 'no reason given'): ReleaseOutcome => ({
  outcome: 'failed',
  reason,
  retryable: verdictOn(reason).kind === 'retry',
});
