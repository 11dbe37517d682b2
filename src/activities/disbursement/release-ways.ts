import type { DataSource } from 'typeorm';
import { Payment, Seller, type Disbursement } from '../../database/entities/index.ts';
import { heldFor } from '../../services/ledger/post-ledger.ts';
import type { PayoutItem, PayPal } from '../../integrations/paypal/index.ts';
import { askAboutPayout, failed, payOut, type PayoutOutcome } from './house-payout.ts';
import { markUnknownIfAmbiguous, rethrowForTemporal } from '../paypal/paypal-faults.ts';

interface Deps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

/** What matters of PayPal's answer, be it to the release or to a later question about it. */
export type ReleaseOutcome =
  /** Without an id when another call has released the money before, or none had to move. */
  | { outcome: 'released'; payoutId?: string; payoutFeeMinor: number; paidMinor?: number }
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
  const payment = await paymentOf(database, disbursement);
  const outcome = await paypal.referencedPayouts
    .release({
      captureId: payment.captureId!,
      requestId: attemptOf(disbursement),
      sellerMerchantId: payment.payeeMerchantId!,
    })
    .catch(markUnknownIfAmbiguous(database, 'disbursement', id));
  switch (outcome.outcome) {
    case 'released':
      return outcome.item
        ? outcomeOfItem(outcome.item)
        : ({ outcome: 'released', payoutFeeMinor: 0 } as const);
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

/** The seller's part, as the ledger has it, less what is netted, out of the house's own PayPal balance. */
async function payFromHouse(deps: Deps, disbursement: Disbursement): Promise<ReleaseOutcome> {
  const { id, payoutItemId, auctionId, sellerId, currency, nettedMinor } = disbursement;
  if (payoutItemId) return asRelease(await askAboutPayout(deps, id, payoutItemId));
  const payment = await paymentOf(deps.database, disbursement);
  const { isHouse } = await deps.database.manager.findOneByOrFail(Seller, { id: sellerId });
  const { sellerMinor } = await heldFor(deps.database.manager, auctionId, sellerId, payment.id);
  const amountMinor = sellerMinor - nettedMinor;
  if (amountMinor <= 0 || isHouse) return { outcome: 'released', payoutFeeMinor: 0 };
  return asRelease(
    await payOut(deps, {
      kind: 'disbursement',
      id,
      senderBatchId: attemptOf(disbursement),
      receiver: payment.payeeMerchantId!,
      amountMinor,
      currency,
      note: `Sale ${auctionId}`,
      askedAt: await begunAt(deps.database, id),
    }),
  );
}

async function begunAt(database: DataSource, disbursementId: string): Promise<Date> {
  const [{ begun }] = await database.query<[{ begun: Date }]>(
    `SELECT max(at) AS begun FROM transition WHERE subject_id = $1 AND event = 'release'`,
    [disbursementId],
  );
  return begun;
}

const asRelease = (payout: PayoutOutcome): ReleaseOutcome =>
  payout.outcome === 'paid' ? { ...payout, outcome: 'released' } : payout;

/** PayPal repeats a failed payout for its key; a later attempt is another request. */
const attemptOf = ({ id, failures }: Disbursement): string => `release:${id}:${failures + 1}`;

const paymentOf = (database: DataSource, { paymentId }: Disbursement): Promise<Payment> =>
  database.manager.findOneByOrFail(Payment, { id: paymentId });

function outcomeOfItem(item: PayoutItem): ReleaseOutcome {
  switch (item.status) {
    case 'succeeded':
      return {
        outcome: 'released',
        payoutId: item.itemId,
        payoutFeeMinor: 0,
        paidMinor: item.amountMinor,
      };
    case 'pending':
      return { outcome: 'pending', payoutId: item.itemId, unclaimed: false };
    case 'failed':
      return failed(item.reason);
  }
}
