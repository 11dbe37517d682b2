import { openingStanding, replay, type BiddingTerms, type Standing } from './bidding.ts';

/** An entry of an auction's bid log, in the order of its sequence. Amounts are minor units. */
export type LogEntry =
  | {
      readonly kind: 'bid' | 'buy_now';
      readonly sequence: number;
      readonly bidder: string;
      readonly maximum: number;
    }
  | {
      readonly kind: 'retraction';
      readonly sequence: number;
      readonly bidder: string;
      /** The bidder's bids from this sequence on are gone. */
      readonly retractsFrom: number;
    };

export type SurvivingBid = Exclude<LogEntry, { kind: 'retraction' }>;

/** The bids that no retraction has removed, in order. */
export function survivingBids(log: readonly LogEntry[]): SurvivingBid[] {
  return log.filter(
    (entry): entry is SurvivingBid =>
      entry.kind !== 'retraction' &&
      !log.some(
        (later) =>
          later.kind === 'retraction' &&
          later.bidder === entry.bidder &&
          later.sequence > entry.sequence &&
          later.retractsFrom <= entry.sequence,
      ),
  );
}

/** Where the auction stands after the whole log (R9 for retractions). */
export function standingAfter(terms: BiddingTerms, log: readonly LogEntry[]): Standing {
  const bids = survivingBids(log);
  const bought = bids.find(({ kind }) => kind === 'buy_now');
  if (bought) return boughtAt(bought, bids);
  return bids.length === 0 ? openingStanding(terms) : replay(terms, bids);
}

/** Buy it now ends the bidding: the buyer leads at that price, whoever led before. */
export function boughtAt(
  buyer: { bidder: string; maximum: number },
  earlier: readonly { bidder: string; maximum: number }[],
): Standing {
  const others = earlier.filter(({ bidder }) => bidder !== buyer.bidder);
  return {
    price: buyer.maximum,
    leader: buyer.bidder,
    leaderMaximum: buyer.maximum,
    runnerUpMaximum: others.length === 0 ? null : Math.max(...others.map((bid) => bid.maximum)),
  };
}
