import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BidLane } from '../../src/services/bidding/lane/bid-lane.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Operator } from '../support/operator.ts';
import { Rows } from '../support/rows.ts';

let test: TestDatabase;
let rows: Rows;
let operator: Operator;
let lanes: BidLane[];
let keys = 0;

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  operator = new Operator(test);
  lanes = [new BidLane(test.openLanePool()), new BidLane(test.openLanePool())];
});
afterAll(() => test.drop());

const place = (auctionId: string, bidderId: string, maximumMinor: number, lane = lanes[0]!) =>
  lane.place({ auctionId, bidderId, maximumMinor, idempotencyKey: `key-${++keys}` });

describe('a spending limit', () => {
  it('lets exactly as many of 1,000 bids through at once as it has room for', async () => {
    await operator.limit('greta', 100 * 2_000);
    const auctions = await Promise.all(Array.from({ length: 1_000 }, () => rows.auction()));

    const answers = await Promise.all(
      auctions.map((id, i) => place(id, 'greta', 2_000, lanes[i % lanes.length])),
    );

    expect(answers.filter(({ accepted }) => accepted)).toHaveLength(100);
    expect(answers.filter((answer) => !answer.accepted)).toEqual(
      Array.from({ length: 900 }, () => ({
        accepted: false,
        code: 'spending_limit_exceeded',
        maximumBidMinor: 0,
      })),
    );
    expect(await operator.committed('greta')).toBe(200_000);
  });

  it('has room again once the bidder is outbid, and says how much', async () => {
    await operator.limit('hugo', 5_000);
    const [first, second] = [await rows.auction(), await rows.auction()];
    await place(first, 'hugo', 4_000);
    expect(await place(second, 'hugo', 1_500)).toMatchObject({ maximumBidMinor: 1_000 });

    await place(first, 'ines', 9_000);

    expect(await operator.committed('hugo')).toBe(0);
    expect(await place(second, 'hugo', 1_500)).toMatchObject({ accepted: true });
  });

  it('counts what the bidder leads with when it is set later, and only the rise of a raise', async () => {
    const auctionId = await rows.auction();
    await place(auctionId, 'jana', 3_000);
    await operator.limit('jana', 4_000);
    expect(await operator.committed('jana')).toBe(3_000);
    expect(await place(auctionId, 'jana', 4_001)).toMatchObject({ maximumBidMinor: 4_000 });
    expect(await place(auctionId, 'jana', 4_000)).toMatchObject({ accepted: true });
    expect(await operator.committed('jana')).toBe(4_000);
  });

  it('is free again when the auction closes', async () => {
    await operator.limit('karl', 3_000);
    const auctionId = await rows.auction();
    await place(auctionId, 'karl', 3_000);

    await test.pool.query(
      "UPDATE auction SET state = 'closed' WHERE id = $1", // By hand: the trigger counts all the same.
      [auctionId],
    );

    expect(await operator.committed('karl')).toBe(0);
  });

  it('counts what is bid while the house sets its only limit and lifts it, again and again', async () => {
    await test.pool.query(
      'UPDATE bidder SET spending_limit_minor = NULL, spending_currency = NULL, committed_minor = 0',
    );
    const auctions = await Promise.all(Array.from({ length: 5 }, () => rows.auction()));
    let maximum = 1_000;
    let left = Infinity;
    const bidders = Array.from({ length: 20 }, async (_, i) => {
      const [bidder, lane] = [i % 3 === 0 ? 'nora' : 'otto', lanes[i % lanes.length]];
      for (let n = i; left > 0; n++, left--) {
        await place(auctions[n % auctions.length]!, bidder, (maximum += 100), lane);
      }
    });

    for (let n = 0; n < 20; n++) {
      await operator.limit('nora', 1_000_000_000);
      await operator.lift('nora');
    }
    await operator.limit('nora', 1_000_000_000);
    left = 500;
    await Promise.all(bidders);

    const { rows: led } = await test.pool.query<{ minor: number }>(
      `SELECT coalesce(sum(leader_maximum_minor), 0)::bigint AS minor FROM auction
       WHERE leader_id = 'nora' AND state = 'open' AND id = ANY ($1)`,
      [auctions],
    );
    expect(await operator.committed('nora')).toBe(led[0]!.minor);
    expect(maximum).toBeGreaterThan(51_000);
  });

  it('holds when a retraction would make somebody lead again beyond it', async () => {
    await operator.limit('lena', 5_000);
    const [first, second] = [await rows.auction(), await rows.auction()];
    await place(first, 'lena', 4_000);
    await place(first, 'mona', 6_000);
    await place(second, 'lena', 5_000);

    await operator.retract(first, 'mona');

    expect(await operator.committed('lena')).toBe(5_000);
    const { rows: found } = await test.pool.query<{ leader_id: string | null }>(
      'SELECT leader_id FROM auction WHERE id = $1',
      [first],
    );
    expect(found[0]!.leader_id).toBeNull();
  });
});

describe('bids that race the closing instant', () => {
  it('are each in the log and counted, or refused; and the outcome is that of the log', async () => {
    for (let round = 0; round < 10; round++) {
      const auctionId = await rows.auction({ closesInMs: 150, policy: { softClose: null } });
      const attempts: ReturnType<typeof place>[] = [];
      let closed = false;
      const close = async () => {
        // The workflow's cause comes from its context, which a test has none of: close by hand.
        while (!closed) {
          const { rowCount } = await test.pool.query(
            `UPDATE auction SET state = 'closed'
             WHERE id = $1 AND closes_at <= clock_timestamp()`,
            [auctionId],
          );
          closed = rowCount === 1;
        }
      };
      const bidAway = async () => {
        for (let maximum = 2_000; !closed; maximum += 500) {
          const attempt = place(auctionId, `bidder-${maximum % 3}`, maximum, lanes[maximum % 2]);
          attempts.push(attempt);
          await attempt;
        }
      };
      await Promise.all([close(), bidAway(), bidAway()]);
      const answers = await Promise.all(attempts);

      const { rows: found } = await test.pool.query<{
        entries: number;
        late: number;
        led: boolean;
      }>(
        `SELECT count(*) AS entries, count(*) FILTER (WHERE bid.placed_at >= auction.closes_at) AS late,
                bool_and(auction.last_sequence = (SELECT max(sequence) FROM bid WHERE auction_id = $1)
                         AND auction.leader_id = (SELECT leader_id FROM bid WHERE auction_id = $1
                                                  ORDER BY sequence DESC LIMIT 1)) AS led
         FROM bid JOIN auction ON auction.id = bid.auction_id WHERE auction_id = $1`,
        [auctionId],
      );
      expect(found[0]).toEqual({
        entries: answers.filter(({ accepted }) => accepted).length,
        late: 0,
        led: true,
      });
      const refused = answers.filter((answer) => !answer.accepted);
      expect(refused.every(({ code }) => REFUSALS.includes(code))).toBe(true);
    }
  });
});

const REFUSALS: string[] = [
  'auction_ended',
  'auction_not_open',
  'bid_too_low',
  'not_above_own_maximum',
];
