import type { AcceptedBid, BidAnswer, RefusedBid } from '../../database/bidding/bid-batch.ts';
import { keyReused } from '../http/change.ts';
import { notFound, Problem } from '../http/problem.ts';
import type { PlacedBid } from './bids.schemas.ts';

/** The answer to a placed bid; a refusal is thrown as the problem that the caller gets. */
export function placedOrRefused(auctionId: string, answer: BidAnswer): PlacedBid {
  if (!answer.accepted) throw refusal(auctionId, answer);
  const { accepted, minimumBidMinor, ...facts }: AcceptedBid = answer;
  return { ...facts, minimumBid: minimumBidMinor };
}

function refusal(auctionId: string, { code, minimumBidMinor }: RefusedBid): Problem {
  const minimum = { minimumBid: minimumBidMinor };
  switch (code) {
    case 'bid_below_start':
      return new Problem(
        422,
        code,
        `The first bid is at least ${minimumBidMinor} (minor units).`,
        minimum,
      );
    case 'bid_too_low':
      return new Problem(422, code, `Bid at least ${minimumBidMinor} (minor units).`, minimum);
    case 'not_above_own_maximum':
      return new Problem(
        422,
        code,
        `You lead already: a new maximum must be at least ${minimumBidMinor} (minor units).`,
        minimum,
      );
    case 'auction_not_open':
      return new Problem(409, code, 'The auction does not take bids now.');
    case 'auction_ended':
      return new Problem(409, code, 'The auction has ended.');
    case 'seller_may_not_bid':
      return new Problem(403, code, 'A seller may not bid on their own piece.');
    case 'auction_not_found':
      return notFound('auction', auctionId);
    case 'idempotency_key_reused':
      return keyReused();
  }
}
