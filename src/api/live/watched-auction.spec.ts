import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DatabaseClock } from '../../services/live/database-clock.ts';
import {
  minimumBid,
  openingStanding,
  placeBid,
  reserveMet,
  type BiddingTerms,
} from '../../domain/bidding/bidding.ts';
import type { LiveState } from './live.schemas.ts';
import { WatchedAuction } from './watched-auction.ts';

const dataOf = (event: string) => JSON.parse(/^data: (.*)$/m.exec(event)![1]!) as LiveState;

describe('the event of an auction', () => {
  const amount = fc.integer({ min: 1, max: 50_000 });
  const terms: fc.Arbitrary<BiddingTerms> = fc.record({
    startPrice: amount,
    reserve: fc.option(amount),
    increments: fc.constant([{ from: 0, increment: 100 }]),
    ownRaise: fc.constantFrom('keepsPrice' as const, 'completesIncrement' as const),
    belowReserve: fc.constantFrom('ordinary' as const, 'followsMaximum' as const),
  });
  const bids = fc.array(fc.record({ bidder: fc.constantFrom('ann', 'bob'), maximum: amount }));

  it('says of reserve and minimum, without any maximum, what the rules say with them', () => {
    fc.assert(
      fc.property(terms, bids, (terms, bids) => {
        const standing = bids.reduce((before, bid) => {
          const outcome = placeBid(terms, before, bid);
          return outcome.accepted ? outcome.standing : before;
        }, openingStanding(terms));
        const auction = new WatchedAuction('auction', new DatabaseClock());
        auction.update({
          id: 'auction',
          state: 'open',
          isPublished: true,
          currency: 'EUR',
          terms,
          priceMinor: standing.price,
          leaderId: standing.leader,
          closesAt: new Date(),
          extensions: 0,
          sequence: bids.length,
          changes: 0,
          bidders: ['ann', 'bob'],
        });
        expect(dataOf(auction.newest('ann', false))).toMatchObject({
          reserveMet: reserveMet(terms, standing),
          minimumBid: minimumBid(terms, standing),
          leading: standing.leader === 'ann',
        });
      }),
    );
  });
});
