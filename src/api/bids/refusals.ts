import type { BidAnswer, RefusedBid } from '../../services/bidding/lane/request.ts';
import { keyReused } from '../http/change.ts';
import { notFound, Problem } from '../http/problem.ts';
import type { PlacedBid } from './bids.schemas.ts';

/** The answer to a placed bid; a refusal is thrown as the problem that the caller gets. */
export function placedOrRefused(auctionId: string, answer: BidAnswer): PlacedBid {
  if (!answer.accepted) throw refusal(auctionId, answer);
  // One by one, as each bid comes through here: to take an object apart and spread it is slow.
  const { sequence, priceMinor, leading, reserveMet, closesAt, placedAt } = answer;
  const minimumBid = answer.minimumBidMinor;
  return { sequence, priceMinor, leading, minimumBid, reserveMet, closesAt, placedAt };
}

function refusal(
  auctionId: string,
  { code, minimumBidMinor, maximumBidMinor }: RefusedBid,
): Problem {
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
    case 'buy_now_gone':
      return new Problem(409, code, 'The piece can no longer be bought at once: bid for it.');
    case 'seller_may_not_bid':
      return new Problem(403, code, 'Neither a seller nor anyone of theirs may bid on the piece.');
    case 'bidder_blocked':
      return new Problem(403, code, 'This bidder may not bid: ask the house why.');
    case 'approval_required':
      return new Problem(
        403,
        code,
        'This sale is for approved bidders: ask the house to approve you.',
      );
    case 'deposit_required':
      return new Problem(403, code, 'This sale asks for a deposit first.');
    case 'spending_limit_exceeded':
      return new Problem(
        422,
        code,
        `This would pass the spending limit: bid at most ${maximumBidMinor} (minor units).`,
        { maximumBid: maximumBidMinor },
      );
    case 'auction_not_found':
      return notFound('auction', auctionId);
    case 'idempotency_key_reused':
      return keyReused();
  }
}
