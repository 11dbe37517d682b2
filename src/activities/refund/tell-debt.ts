import type { EntityManager } from 'typeorm';
import type { Payment, Refund } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { accounts, type Posting } from '../../domain/ledger/ledger.ts';
import { toDecimal } from '../../domain/common/money.ts';
import type { RefundShares } from '../../domain/refund/refund-shares.ts';

/**
 * Tells the seller what a refund has made of the seller's account: the seller's part is owed where the
 * house has paid it, and so is what the house had kept of the sale for an earlier debt.
 */
export async function tellDebt(
  tx: EntityManager,
  { id, auctionId, currency, way, paypalRefundId }: Refund,
  { sellerId, heldBy }: Payment,
  { entries }: Posting,
  { recoveryMinor }: RefundShares,
): Promise<void> {
  const credit = accounts.sellerCredit(sellerId);
  const owedMinor = -(entries.find(({ account }) => account === credit)?.amountMinor ?? 0);
  if (owedMinor === 0) return;
  const amount = (minor: number) => `${toDecimal(minor, currency)} ${currency}`;
  const owed = amount(owedMinor);
  const notice = { kind: 'owes_house', subjectId: id } as const;
  const onlyKept = owedMinor === recoveryMinor;
  await notify(tx, {
    ...notice,
    recipientId: sellerId,
    text: onlyKept
      ? `The buyer of sale ${auctionId} was refunded, and with it went what we had kept of that sale: you owe us ${owed} again.`
      : `We have refunded the buyer of sale ${auctionId}: ${owed} of it is your part, and you owe it to us.`,
  });
  const byDispute = way === 'refund' && paypalRefundId === null;
  if (onlyKept || heldBy === 'house' || !byDispute) return;
  // PayPal's list of who has paid for a dispute knows no platform: a person should see what came of it.
  await notify(tx, {
    ...notice,
    recipientId: OPERATORS,
    text: `PayPal took ${amount(owedMinor - recoveryMinor)} from the house of what seller ${sellerId} has lost by a dispute, and the seller owes it. Should PayPal have borne it, record it as received from the seller.`,
  });
}
