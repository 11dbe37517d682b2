import type { Currency } from '../common/money.ts';
import { refundShares } from '../refund/refund-shares.ts';

/**
 * Double entry. An account is a pot of money; an entry puts money in (positive) or takes it out
 * (negative), and the entries of a transaction add up to nothing. Buyers are where money comes from,
 * so what a buyer has paid shows as a negative balance.
 */
export const accounts = {
  buyer: (bidderId: string) => `buyer:${bidderId}`,
  /** What PayPal, or the house in PayPal's stead, holds for the seller. */
  sellerHeld: (sellerId: string) => `seller:${sellerId}:held`,
  /** What the seller has been paid; negative when PayPal has taken more back. */
  seller: (sellerId: string) => `seller:${sellerId}`,
  /** What the house owes the seller, beyond what is paid out; negative: what the seller owes the house. */
  sellerCredit: (sellerId: string) => `seller:${sellerId}:credit`,
  houseHeld: 'house:held',
  house: 'house',
  /** Tax on premiums that PayPal holds, for the house to pass on to a region's authority. */
  houseTaxHeld: (region: string) => `house:tax:${region}:held`,
  /** Tax that the house has been paid, and owes to the region's authority. */
  houseTax: (region: string) => `house:tax:${region}`,
  paypalFees: 'paypal:fees',
  /** Store credit, to be spent or passed on by its owner; never negative. */
  wallet: (ownerId: string) => `wallet:${ownerId}`,
} as const;

/** Whose account it is; nobody's when it is the house's or PayPal's. */
export function ownerOf(account: string): string | undefined {
  const [, one, seller] =
    /^(?:(?:buyer|wallet):(.+)|seller:(.+?)(?::held|:credit)?)$/s.exec(account) ?? [];
  return one ?? seller;
}

export const isWallet = (account: string): boolean => account.startsWith(accounts.wallet(''));

export const POSTING_KINDS = [
  'capture',
  'recovery',
  'release',
  'refund',
  'won_back',
  'dispute_fee',
  'credit',
  'transfer',
  'receipt',
  'adjustment',
  'reversal',
] as const;
export type PostingKind = (typeof POSTING_KINDS)[number];

export interface Entry {
  readonly account: string;
  readonly amountMinor: number;
}

export interface Posting {
  readonly kind: PostingKind;
  /** With the kind, the key that makes a posting happen once. */
  readonly subjectId: string;
  /** Null when it is about no sale. */
  readonly auctionId: string | null;
  readonly currency: Currency;
  readonly entries: readonly Entry[];
  /** The person who posts it and why; nobody when it follows from what has happened. */
  readonly by?: {
    readonly actorId: string;
    readonly reason: string;
    /** The second person, where two are needed. */
    readonly approvedBy?: string;
  };
}

interface Sale {
  readonly auctionId: string;
  readonly bidderId: string;
  readonly sellerId: string;
  readonly currency: Currency;
  /** Null when no tax was collected. */
  readonly premiumTaxRegion: string | null;
}

interface Payment extends Sale {
  readonly amountMinor: number;
  /** Premium, commission and tax. */
  readonly platformFeeMinor: number;
  readonly premiumTaxMinor: number;
  /** By how much PayPal's platform fee was raised for what the seller owes; none when left out. */
  readonly recoveryMinor?: number;
}

/** Money still held for a sale, by whose it will be. */
export interface Held {
  readonly sellerMinor: number;
  readonly houseMinor: number;
  readonly premiumTaxMinor: number;
}

/**
 * The buyer has paid; PayPal has taken its fee and holds the rest. PayPal always takes its fee out of the
 * seller's part, and says only now how much it is: a house that bears it owes it to the seller from now
 * on, whatever becomes of the sale, because PayPal does not give it back.
 */
export function capturePosting(
  payment: Payment & {
    readonly paymentId: string;
    readonly paypalFeeMinor: number;
    readonly sellerCreditMinor: number;
  },
): Posting {
  const { amountMinor, paypalFeeMinor, platformFeeMinor, premiumTaxMinor } = payment;
  return posting('capture', payment.paymentId, payment, [
    { account: accounts.buyer(payment.bidderId), amountMinor: -amountMinor },
    { account: accounts.paypalFees, amountMinor: paypalFeeMinor },
    { account: accounts.houseHeld, amountMinor: platformFeeMinor - premiumTaxMinor },
    ...tax(accounts.houseTaxHeld, payment, premiumTaxMinor),
    {
      account: accounts.sellerHeld(payment.sellerId),
      amountMinor: amountMinor - paypalFeeMinor - platformFeeMinor,
    },
    { account: accounts.house, amountMinor: -payment.sellerCreditMinor },
    { account: accounts.sellerCredit(payment.sellerId), amountMinor: payment.sellerCreditMinor },
  ]);
}

/** The platform fee of a capture was raised by what the seller owed the house. */
export const recoveryPosting = (
  payment: Sale & { readonly paymentId: string; readonly recoveryMinor: number },
): Posting =>
  posting('recovery', payment.paymentId, payment, [
    { account: accounts.sellerHeld(payment.sellerId), amountMinor: -payment.recoveryMinor },
    { account: accounts.sellerCredit(payment.sellerId), amountMinor: payment.recoveryMinor },
  ]);

/**
 * What was held has been paid out: by PayPal, or by the house, which PayPal then charges for the payout,
 * and which has netted what the seller owed it.
 */
export function releasePosting(
  sale: Sale & {
    readonly disbursementId: string;
    readonly payoutFeeMinor?: number;
    readonly nettedMinor?: number;
  },
  held: Held,
): Posting {
  const { payoutFeeMinor = 0, nettedMinor = 0 } = sale;
  return posting('release', sale.disbursementId, sale, [
    { account: accounts.sellerHeld(sale.sellerId), amountMinor: -held.sellerMinor },
    { account: accounts.seller(sale.sellerId), amountMinor: held.sellerMinor - nettedMinor },
    { account: accounts.sellerCredit(sale.sellerId), amountMinor: nettedMinor },
    { account: accounts.houseHeld, amountMinor: -held.houseMinor },
    { account: accounts.house, amountMinor: held.houseMinor },
    ...tax(accounts.houseTaxHeld, sale, -held.premiumTaxMinor),
    ...tax(accounts.houseTax, sale, held.premiumTaxMinor),
    { account: accounts.house, amountMinor: -payoutFeeMinor },
    { account: accounts.paypalFees, amountMinor: payoutFeeMinor },
  ]);
}

/** Store credit: whoever grants it has so much less. */
export function creditPosting(credit: {
  readonly creditId: string;
  readonly from: string;
  readonly ownerId: string;
  readonly currency: Currency;
  readonly amountMinor: number;
  readonly by: NonNullable<Posting['by']>;
}): Posting {
  const { amountMinor, currency, by } = credit;
  return {
    kind: 'credit',
    subjectId: credit.creditId,
    auctionId: null,
    currency,
    entries: [
      { account: credit.from, amountMinor: -amountMinor },
      { account: accounts.wallet(credit.ownerId), amountMinor },
    ],
    by,
  };
}

/**
 * Money goes back to the buyer. Seller, house and tax each give their share (see refundShares): out of
 * what is held, and what is missing there out of what they have. PayPal keeps its own fee when a sale is
 * refunded, so a seller who gives everything back owes that fee. PayPal takes what is missing from the
 * seller itself; as far as the house has paid it instead, the seller owes it to the house. What had been
 * recovered from the sale PayPal gives back out of the platform fee, so that the seller owes it again.
 */
export function refundPosting(
  payment: Payment & {
    readonly refundId: string;
    readonly refundMinor: number;
    /** What was refunded before this refund. */
    readonly refundedBeforeMinor: number;
    /** How much the house has paid in the seller's stead; of that, the seller owes the own part. */
    readonly paidForSellerMinor?: number;
    /** What PayPal charged the house for paying by a payout. */
    readonly payoutFeeMinor?: number;
  },
  held: Held,
): Posting {
  const { paidForSellerMinor = 0, payoutFeeMinor = 0 } = payment;
  const shares = refundShares(payment, payment);
  const fromHeld: Held = {
    sellerMinor: atMost(held.sellerMinor, shares.sellerMinor),
    houseMinor: atMost(held.houseMinor, shares.houseMinor),
    premiumTaxMinor: atMost(held.premiumTaxMinor, shares.premiumTaxMinor),
  };
  const missingMinor = shares.sellerMinor - fromHeld.sellerMinor;
  const owedMinor = Math.min(missingMinor, paidForSellerMinor);
  return posting('refund', payment.refundId, payment, [
    { account: accounts.buyer(payment.bidderId), amountMinor: payment.refundMinor },
    { account: accounts.sellerHeld(payment.sellerId), amountMinor: -fromHeld.sellerMinor },
    { account: accounts.seller(payment.sellerId), amountMinor: owedMinor - missingMinor },
    {
      account: accounts.sellerCredit(payment.sellerId),
      amountMinor: -owedMinor - shares.recoveryMinor,
    },
    { account: accounts.houseHeld, amountMinor: -fromHeld.houseMinor },
    { account: accounts.house, amountMinor: fromHeld.houseMinor - shares.houseMinor },
    ...tax(accounts.houseTaxHeld, payment, -fromHeld.premiumTaxMinor),
    ...tax(accounts.houseTax, payment, fromHeld.premiumTaxMinor - shares.premiumTaxMinor),
    { account: accounts.house, amountMinor: -payoutFeeMinor },
    { account: accounts.paypalFees, amountMinor: payoutFeeMinor },
  ]);
}

/** A seller has paid the house, beside all sales, what was owed. */
export const receiptPosting = (receipt: {
  readonly receiptId: string;
  readonly sellerId: string;
  readonly currency: Currency;
  readonly amountMinor: number;
  readonly by: NonNullable<Posting['by']>;
}): Posting => ({
  kind: 'receipt',
  subjectId: receipt.receiptId,
  auctionId: null,
  currency: receipt.currency,
  entries: [
    { account: accounts.seller(receipt.sellerId), amountMinor: -receipt.amountMinor },
    { account: accounts.sellerCredit(receipt.sellerId), amountMinor: receipt.amountMinor },
  ],
  by: receipt.by,
});

const atMost = (heldMinor: number, shareMinor: number): number =>
  Math.max(0, Math.min(heldMinor, shareMinor));

const tax = (
  account: (region: string) => string,
  { premiumTaxRegion }: Sale,
  amountMinor: number,
): Entry[] =>
  premiumTaxRegion === null ? [] : [{ account: account(premiumTaxRegion), amountMinor }];

function posting(kind: PostingKind, subjectId: string, sale: Sale, entries: Entry[]): Posting {
  const { auctionId, currency } = sale;
  const moved = entries.filter(({ amountMinor }) => amountMinor !== 0);
  return { kind, subjectId, auctionId, currency, entries: moved };
}
