import type { Currency } from './money.ts';

/**
 * Double entry. An account is a pot of money; an entry puts money in (positive) or takes it out
 * (negative), and the entries of a transaction add up to nothing. Buyers are where money comes from,
 * so what a buyer has paid shows as a negative balance.
 */
export const accounts = {
  buyer: (bidderId: string) => `buyer:${bidderId}`,
  /** What PayPal holds for the seller. */
  sellerHeld: (sellerId: string) => `seller:${sellerId}:held`,
  /** What the seller has been paid; negative when the seller owes. */
  seller: (sellerId: string) => `seller:${sellerId}`,
  houseHeld: 'house:held',
  house: 'house',
  paypalFees: 'paypal:fees',
} as const;

export type PostingKind = 'capture' | 'release' | 'refund';

export interface Entry {
  readonly account: string;
  readonly amountMinor: number;
}

export interface Posting {
  readonly kind: PostingKind;
  /** With the kind, the key that makes a posting happen once. */
  readonly subjectId: string;
  readonly auctionId: string;
  readonly currency: Currency;
  readonly entries: readonly Entry[];
}

interface Sale {
  readonly auctionId: string;
  readonly bidderId: string;
  readonly sellerId: string;
  readonly currency: Currency;
}

/** Money still held for a sale, by whose it will be. */
export interface Held {
  readonly sellerMinor: number;
  readonly houseMinor: number;
}

/** The buyer has paid; PayPal has taken its fee and holds the rest. */
export function capturePosting(
  sale: Sale & {
    readonly paymentId: string;
    readonly amountMinor: number;
    readonly paypalFeeMinor: number;
    readonly platformFeeMinor: number;
  },
): Posting {
  const { amountMinor, paypalFeeMinor, platformFeeMinor } = sale;
  return posting('capture', sale.paymentId, sale, [
    { account: accounts.buyer(sale.bidderId), amountMinor: -amountMinor },
    { account: accounts.paypalFees, amountMinor: paypalFeeMinor },
    { account: accounts.houseHeld, amountMinor: platformFeeMinor },
    {
      account: accounts.sellerHeld(sale.sellerId),
      amountMinor: amountMinor - paypalFeeMinor - platformFeeMinor,
    },
  ]);
}

/** PayPal has paid out what it held. */
export function releasePosting(sale: Sale & { disbursementId: string }, held: Held): Posting {
  return posting('release', sale.disbursementId, sale, [
    { account: accounts.sellerHeld(sale.sellerId), amountMinor: -held.sellerMinor },
    { account: accounts.seller(sale.sellerId), amountMinor: held.sellerMinor },
    { account: accounts.houseHeld, amountMinor: -held.houseMinor },
    { account: accounts.house, amountMinor: held.houseMinor },
  ]);
}

/**
 * Money goes back to the buyer: while it is held, the house gives its share of the fee back and the
 * seller the rest, as PayPal does it. What is missing after that, the seller owes: PayPal keeps its own
 * fee when a sale is refunded.
 */
export function refundPosting(
  sale: Sale & {
    readonly refundId: string;
    readonly refundMinor: number;
    /** What was refunded before this refund. */
    readonly refundedBeforeMinor: number;
    readonly amountMinor: number;
    readonly platformFeeMinor: number;
  },
  held: Held,
): Posting {
  const { refundMinor, refundedBeforeMinor } = sale;
  const share =
    houseShare(sale, refundedBeforeMinor + refundMinor) - houseShare(sale, refundedBeforeMinor);
  const fromHouseHeld = Math.min(share, held.houseMinor);
  const fromSellerHeld = Math.max(0, Math.min(refundMinor - fromHouseHeld, held.sellerMinor));
  const owed = refundMinor - fromHouseHeld - fromSellerHeld;
  return posting('refund', sale.refundId, sale, [
    { account: accounts.buyer(sale.bidderId), amountMinor: refundMinor },
    { account: accounts.sellerHeld(sale.sellerId), amountMinor: -fromSellerHeld },
    { account: accounts.houseHeld, amountMinor: -fromHouseHeld },
    { account: accounts.seller(sale.sellerId), amountMinor: -owed },
  ]);
}

/**
 * The platform fee's part of so much refunded, rounded down. A refund takes the difference between
 * two of these, so that however a sale is refunded in parts, the parts add up to the whole fee.
 */
function houseShare(
  { amountMinor, platformFeeMinor }: { amountMinor: number; platformFeeMinor: number },
  refundedMinor: number,
): number {
  return Number((BigInt(platformFeeMinor) * BigInt(refundedMinor)) / BigInt(amountMinor));
}

function posting(kind: PostingKind, subjectId: string, sale: Sale, entries: Entry[]): Posting {
  const { auctionId, currency } = sale;
  const moved = entries.filter(({ amountMinor }) => amountMinor !== 0);
  return { kind, subjectId, auctionId, currency, entries: moved };
}
