import { incrementAt, type IncrementTable } from './increments.ts';

/**
 * The rules of proxy bidding. A bidder says a maximum; the price rises only as far as the competition
 * makes it. All amounts are minor units of the auction's currency. Rules are named R1 to R12 where
 * they are kept: they are listed in docs/bidding.md.
 */
export interface BiddingTerms {
  readonly startPrice: number;
  readonly reserve: number | null;
  readonly increments: IncrementTable;
  /** R5: does a leader's raise leave the price, or complete an increment that the old maximum cut short? */
  readonly ownRaise: 'keepsPrice' | 'completesIncrement';
  /** R7: below the reserve, does the price follow the ordinary rule, or go to the maximum at once? */
  readonly belowReserve: 'ordinary' | 'followsMaximum';
}

/** Where an auction stands. `runnerUpMaximum` is the highest maximum of anyone but the leader. */
export interface Standing {
  readonly price: number;
  readonly leader: string | null;
  readonly leaderMaximum: number | null;
  readonly runnerUpMaximum: number | null;
}

export interface Bid {
  readonly bidder: string;
  readonly maximum: number;
}

export type BidRefusalCode = 'bid_below_start' | 'bid_too_low' | 'not_above_own_maximum';

export type BidOutcome =
  | { readonly accepted: true; readonly standing: Standing }
  | { readonly accepted: false; readonly code: BidRefusalCode; readonly minimumBid: number };

export const openingStanding = (terms: BiddingTerms): Standing => ({
  price: terms.startPrice,
  leader: null,
  leaderMaximum: null,
  runnerUpMaximum: null,
});

/** R1, R2: the least maximum that anyone but the leader may bid now. */
export const minimumBid = (terms: BiddingTerms, standing: Standing): number =>
  standing.leader === null ? terms.startPrice : nextPrice(terms, standing.price);

/** One increment on; the least bid once somebody leads at this price. */
export const nextPrice = ({ increments }: BiddingTerms, price: number): number =>
  price + incrementAt(price, increments);

/** Nothing stands against a sale where there is no reserve. */
export const reserveMet = ({ reserve }: BiddingTerms, { leaderMaximum }: Standing): boolean =>
  reserve === null || (leaderMaximum !== null && leaderMaximum >= reserve);

/** Buy it now is gone with the first bid; with a reserve, once that is met. */
export const canBuyNow = (terms: BiddingTerms, standing: Standing): boolean =>
  terms.reserve === null ? standing.leader === null : !reserveMet(terms, standing);

/** What a bid does to a standing, or the least bid that would have been accepted. */
export function placeBid(terms: BiddingTerms, standing: Standing, bid: Bid): BidOutcome {
  if (bid.bidder === standing.leader) {
    return bid.maximum > standing.leaderMaximum!
      ? { accepted: true, standing: apply(terms, standing, bid) }
      : refuse('not_above_own_maximum', standing.leaderMaximum! + 1); // R6
  }
  const least = minimumBid(terms, standing);
  if (bid.maximum >= least) return { accepted: true, standing: apply(terms, standing, bid) };
  return refuse(standing.leader === null ? 'bid_below_start' : 'bid_too_low', least);
}

/** R9: the standing when only these accepted bids, in their order, had been placed. */
export const replay = (terms: BiddingTerms, bids: readonly Bid[]): Standing =>
  bids.reduce((standing, bid) => apply(terms, standing, bid), openingStanding(terms));

function refuse(code: BidRefusalCode, minimumBid: number): BidOutcome {
  return { accepted: false, code, minimumBid };
}

function apply(terms: BiddingTerms, standing: Standing, bid: Bid): Standing {
  if (standing.leader === null) return priced(terms, standing.price, bid, null); // R1
  if (standing.leader === bid.bidder) return raise(terms, standing, bid);

  const leaderMaximum = standing.leaderMaximum!;
  if (bid.maximum > leaderMaximum) {
    return priced(terms, standing.price, bid, leaderMaximum);
  }
  // R4: an equal maximum loses to the earlier one.
  const leader = { bidder: standing.leader, maximum: leaderMaximum };
  return priced(
    terms,
    standing.price,
    leader,
    Math.max(bid.maximum, standing.runnerUpMaximum ?? 0),
  );
}

function raise(terms: BiddingTerms, standing: Standing, bid: Bid): Standing {
  if (bid.maximum <= standing.leaderMaximum!) return standing; // Only in a replay (R9).
  const { runnerUpMaximum } = standing;
  if (terms.ownRaise === 'completesIncrement') {
    return priced(terms, standing.price, bid, runnerUpMaximum);
  }
  return lifted(terms, { ...standing, leaderMaximum: bid.maximum });
}

/** R3, R8: one increment above the second maximum, but never above the leader's own. */
function priced(
  terms: BiddingTerms,
  floor: number,
  leader: Bid,
  runnerUpMaximum: number | null,
): Standing {
  const ordinary =
    runnerUpMaximum === null ? floor : Math.min(leader.maximum, nextPrice(terms, runnerUpMaximum));
  return lifted(terms, {
    price: Math.max(floor, ordinary),
    leader: leader.bidder,
    leaderMaximum: leader.maximum,
    runnerUpMaximum,
  });
}

/** R7: a maximum that reaches the reserve lifts the price to it. */
function lifted(terms: BiddingTerms, standing: Standing): Standing {
  if (terms.reserve === null) return standing;
  const target =
    terms.belowReserve === 'followsMaximum'
      ? Math.min(standing.leaderMaximum!, terms.reserve)
      : reserveMet(terms, standing)
        ? terms.reserve
        : standing.price;
  return { ...standing, price: Math.max(standing.price, target) };
}
