import { accounts, type Entry, type Posting, type PostingKind } from '../ledger/ledger.ts';
import type { Currency } from '../common/money.ts';
import type { RefundShares } from '../refund/refund-shares.ts';

interface Sale {
  readonly auctionId: string;
  readonly bidderId: string;
  readonly sellerId: string;
  readonly currency: Currency;
  readonly premiumTaxRegion: string | null;
}

/**
 * Money that PayPal had given the buyer has come back, in the shares in which it was lost. It is held again
 * while the rest of the sale is; afterwards it is where the sale's money has gone. What the house had paid
 * in the seller's stead, or has got for the seller since, is the seller's credit.
 */
export function wonBackPosting(
  sale: Sale & {
    readonly refundId: string;
    readonly amountMinor: number;
    readonly isHeld: boolean;
    /** How much of the seller's part the house owes the seller. */
    readonly toCreditMinor: number;
  },
  { sellerMinor, houseMinor, premiumTaxMinor, recoveryMinor }: RefundShares,
): Posting {
  const { sellerId, isHeld, premiumTaxRegion: region } = sale;
  const seller = isHeld ? accounts.sellerHeld(sellerId) : accounts.seller(sellerId);
  const tax = (of: string) => (isHeld ? accounts.houseTaxHeld(of) : accounts.houseTax(of));
  return posting('won_back', sale.refundId, sale, [
    { account: accounts.buyer(sale.bidderId), amountMinor: -sale.amountMinor },
    { account: seller, amountMinor: sellerMinor - sale.toCreditMinor },
    { account: accounts.sellerCredit(sellerId), amountMinor: sale.toCreditMinor + recoveryMinor },
    { account: isHeld ? accounts.houseHeld : accounts.house, amountMinor: houseMinor },
    ...(region === null ? [] : [{ account: tax(region), amountMinor: premiumTaxMinor }]),
  ]);
}

/** PayPal charges whoever has to do with a dispute; a negative fee is given back. */
export const disputeFeePosting = (
  sale: Sale & { readonly movementId: string; readonly feeMinor: number; readonly from: string },
): Posting =>
  posting('dispute_fee', sale.movementId, sale, [
    { account: sale.from, amountMinor: -sale.feeMinor },
    { account: accounts.paypalFees, amountMinor: sale.feeMinor },
  ]);

function posting(
  kind: PostingKind,
  subjectId: string,
  { auctionId, currency }: Sale,
  entries: Entry[],
): Posting {
  const moved = entries.filter(({ amountMinor }) => amountMinor !== 0);
  return { kind, subjectId, auctionId, currency, entries: moved };
}
