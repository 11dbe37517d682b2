/** Why somebody may not buy a piece, or not for so much. */
export type Ineligibility = Exclusion | 'spending_limit_exceeded';
export type Exclusion =
  'seller_may_not_bid' | 'bidder_blocked' | 'approval_required' | 'deposit_required';

/** What the house has decided about a buyer, as far as a piece is concerned. */
export interface Buyer {
  /** The seller of the piece, or one of the seller's associates. */
  readonly ofSeller: boolean;
  readonly blocked: boolean;
  /** Of the sale that the piece is in. */
  readonly approved: boolean;
  readonly depositMinor: number;
}

/** What a sale asks of whoever buys in it; minor units, zero when no deposit is asked. */
export interface SaleConditions {
  readonly approval: boolean;
  readonly depositMinor: number;
}

/** A spending limit and what of it is used; minor units of its currency. */
export interface Limit {
  readonly limitMinor: number;
  readonly committedMinor: number;
}

/**
 * The one answer to who may buy: bids, offers, their acceptance and payments ask it, so that nobody is
 * offered, or pays for, what the same person could not bid for.
 */
export function whyExcluded(
  { ofSeller, blocked, approved, depositMinor }: Buyer,
  asked: SaleConditions | null,
): Exclusion | undefined {
  if (ofSeller) return 'seller_may_not_bid'; // R11
  if (blocked) return 'bidder_blocked';
  if (!asked) return undefined;
  if (asked.approval && !approved) return 'approval_required';
  return depositMinor < asked.depositMinor ? 'deposit_required' : undefined;
}

/** The most that may be taken on here, of which `hereMinor` is counted already. */
export const roomWithin = ({ limitMinor, committedMinor }: Limit, hereMinor = 0): number =>
  Math.max(0, limitMinor - (committedMinor - hereMinor));

/** For people: why a piece is not offered to somebody, or not sold after all. */
export const EXPLAINED: Readonly<Record<Ineligibility, string>> = {
  seller_may_not_bid: 'Neither a seller nor anyone of theirs may buy the piece.',
  bidder_blocked: 'The house has blocked this bidder.',
  approval_required: 'The sale is for approved bidders.',
  deposit_required: 'The sale asks for a deposit first.',
  spending_limit_exceeded: 'It would pass the spending limit.',
};
