import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { BidLane } from '../../src/services/bidding/lane/bid-lane.ts';
import type { BidRequest } from '../../src/services/bidding/lane/request.ts';
import { databaseNow } from '../../src/database/clock.ts';
import {
  createTestDatabase,
  someoneWaitsForALock,
  type TestDatabase,
} from '../support/database.ts';
import { Operator } from '../support/operator.ts';
import { Rows } from '../support/rows.ts';
import { sentStatements } from '../support/sent-statements.ts';

let test: TestDatabase;
let rows: Rows;
let operator: Operator;
let house: House;
let keys = 0;

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  operator = new Operator(test);
});
afterAll(() => test.drop());
afterEach(async () => {
  vi.restoreAllMocks();
  await test.pool.query('DELETE FROM seller_associate; DELETE FROM bidder');
});

/** A process that takes bids: its lane, and which statements it sends. */
interface House {
  readonly lane: BidLane;
  readonly pool: pg.Pool;
  readonly sent: string[];
}

function openHouse(): House {
  const pool = test.openLanePool();
  return { lane: new BidLane(pool), pool, sent: sentStatements(pool) };
}

const bid = (auctionId: string, bidderId: string, maximumMinor: number): BidRequest => ({
  auctionId,
  bidderId,
  maximumMinor,
  idempotencyKey: `key-${++keys}`,
});

const place = (request: BidRequest) => house.lane.place(request);

/** An auction that the house remembers: anna leads, and competition has put the price at 20.49. */
async function remembered(wanted: Parameters<Rows['auction']>[0] = {}): Promise<string> {
  house = openHouse();
  const auctionId = await rows.auction({ startPrice: 1_000, ...wanted });
  await place(bid(auctionId, 'anna', 5_000));
  await place(bid(auctionId, 'bruno', 1_999));
  house.sent.length = 0;
  return auctionId;
}

const READ = 'lock auctions';
const FROM_MEMORY = 'move remembered auctions: one';

async function standing(auctionId: string) {
  const { rows: found } = await test.pool.query<{
    price_minor: number;
    leader_id: string;
    last_sequence: number;
    entries: number;
  }>(
    `SELECT price_minor, leader_id, last_sequence,
            (SELECT count(*)::integer FROM bid WHERE auction_id = id) AS entries
     FROM auction WHERE id = $1`,
    [auctionId],
  );
  return found[0]!;
}

describe('a bid on an auction that nobody else has changed since the last', () => {
  it('is answered without reading, in one piece', async () => {
    const auctionId = await remembered();

    const answer = await place(bid(auctionId, 'clara', 6_000));

    expect(answer).toMatchObject({ accepted: true, sequence: 3, leading: true, priceMinor: 5_100 });
    expect(house.sent).toContain(FROM_MEMORY);
    expect(house.sent).not.toContain(READ);
    expect(house.sent).not.toContain('begin');
    expect(await standing(auctionId)).toMatchObject({
      leader_id: 'clara',
      last_sequence: 3,
      entries: 3,
    });
  });

  it('is dated by the database’s clock, to a quarter of a second', async () => {
    const auctionId = await remembered();
    const before = await nowMs();
    const answer = await place(bid(auctionId, 'clara', 6_000));
    const after = await nowMs();
    expect(house.sent).not.toContain(READ);
    const placedAtMs = answer.accepted ? Date.parse(answer.placedAt) : NaN;
    expect(placedAtMs).toBeGreaterThan(before - 250);
    expect(placedAtMs).toBeLessThan(after + 250);
  });

  it('is refused without reading, too, and a repeat gets the same answer', async () => {
    const auctionId = await remembered();
    const low = bid(auctionId, 'clara', 2_000);

    const answer = await place(low);

    expect(answer).toMatchObject({ accepted: false, code: 'bid_too_low' });
    expect(house.sent).toContain('keep refusals: one');
    expect(house.sent).not.toContain(READ);
    expect(await place(low)).toEqual(answer);
  });

  it('shares a batch with others, each on the standing that the one before has left', async () => {
    const first = await remembered();
    const second = await rows.auction();
    await place(bid(second, 'anna', 5_000));
    house.sent.length = 0;

    const answers = await Promise.all([
      place(bid(first, 'clara', 6_000)),
      place(bid(second, 'clara', 4_000)),
      place(bid(first, 'dario', 7_000)),
      place(bid(first, 'clara', 6_000)),
    ]);

    expect(house.sent).toContain('move remembered auctions: many');
    expect(house.sent).not.toContain(READ);
    expect(answers).toMatchObject([
      { accepted: true, sequence: 3, leading: true },
      { accepted: true, sequence: 2, leading: false },
      { accepted: true, sequence: 4, leading: true },
      { accepted: false, code: 'bid_too_low' },
    ]);
  });
});

describe('a bid on an auction that is remembered as it no longer is', () => {
  it.each<[string, (auctionId: string) => Promise<unknown>, object]>([
    [
      'another process has taken a higher one',
      (auctionId) => openHouse().lane.place(bid(auctionId, 'dario', 9_000)),
      { accepted: true, sequence: 4, leading: false, priceMinor: 6_100 },
    ],
    [
      'it has been paused',
      (auctionId) => rows.force('auction', auctionId, 'paused'),
      { accepted: false, code: 'auction_not_open' },
    ],
    [
      'it has been made to end',
      (auctionId) =>
        test.pool.query('UPDATE auction SET closes_at = now() WHERE id = $1', [auctionId]),
      { accepted: false, code: 'auction_ended' },
    ],
    [
      'the leader has taken back her bid',
      (auctionId) => operator.retract(auctionId, 'anna'),
      { accepted: true, sequence: 4, leading: true, priceMinor: 2_049 },
    ],
    [
      'the bidder has been blocked',
      () =>
        test.pool.query(
          `INSERT INTO bidder (id, blocked_reason) VALUES ('clara', 'owes us') ON CONFLICT (id)
           DO UPDATE SET blocked_reason = EXCLUDED.blocked_reason`,
        ),
      { accepted: false, code: 'bidder_blocked' },
    ],
    [
      'the bidder has got a spending limit',
      () => operator.limit('clara', 5_999),
      { accepted: false, code: 'spending_limit_exceeded' },
    ],
    [
      'the bidder has become one of the seller’s',
      () =>
        test.pool.query(
          `INSERT INTO seller_associate (seller_id, bidder_id) VALUES ('seller', 'clara')`,
        ),
      { accepted: false, code: 'seller_may_not_bid' },
    ],
    [
      'its sale asks for approval',
      (auctionId) => inSale(auctionId, 'approval_required = true'),
      { accepted: false, code: 'approval_required' },
    ],
    [
      'its sale asks for a deposit',
      (auctionId) => inSale(auctionId, 'deposit_minor = 100'),
      { accepted: false, code: 'deposit_required' },
    ],
  ])('is answered as it is: %s', async (_, change, expected) => {
    const auctionId = await remembered();
    await change(auctionId);
    const { entries } = await standing(auctionId);
    house.sent.length = 0;

    const answer = await place(bid(auctionId, 'clara', 6_000));

    expect(answer).toMatchObject(expected);
    expect(house.sent).toEqual(expect.arrayContaining([FROM_MEMORY, READ]));
    const now = await standing(auctionId);
    expect(now.entries).toBe(entries + (answer.accepted ? 1 : 0));
    expect(now.last_sequence).toBe(now.entries);
  });

  /** The auction comes into a sale that asks nothing; once the house remembers that, it does ask. */
  async function inSale(auctionId: string, change: string): Promise<void> {
    const { rows: sales } = await test.pool.query<{ id: string }>(
      `INSERT INTO sale (title, first_closes_at) VALUES ('Clocks', now()) RETURNING id`,
    );
    const { id } = sales[0]!;
    await test.pool.query('UPDATE auction SET sale_id = $2 WHERE id = $1', [auctionId, id]);
    // Memory is wrong for the first, and rests for the second.
    for (const maximum of [3_000, 4_000]) await place(bid(auctionId, 'bruno', maximum));
    await test.pool.query(`UPDATE sale SET ${change} WHERE id = $1`, [id]);
  }

  it('is not tried again for a bidder about whom the house has decided something, until that is lifted', async () => {
    const auctionId = await remembered();
    await operator.limit('clara', 1_000_000);
    await place(bid(auctionId, 'clara', 6_000)); // In vain; the next is a rest.
    await place(bid(auctionId, 'dario', 7_000));
    house.sent.length = 0;

    await place(bid(auctionId, 'clara', 8_000));
    expect(house.sent).not.toContain(FROM_MEMORY);
    await place(bid(auctionId, 'dario', 9_000)); // Clara leads.
    expect(house.sent).not.toContain(FROM_MEMORY);

    await test.pool.query('DELETE FROM bidder');
    await place(bid(auctionId, 'clara', 10_000));
    expect(house.sent).not.toContain(FROM_MEMORY);
    await place(bid(auctionId, 'clara', 11_000));
    expect(house.sent).toContain(FROM_MEMORY);
  });

  it('frees what the limit counts of a leader who has got one meanwhile', async () => {
    const auctionId = await remembered();
    await operator.limit('anna', 10_000);
    const before = await operator.committed('anna');

    await place(bid(auctionId, 'clara', 6_000));

    expect(await operator.committed('anna')).toBe(before - 5_000);
  });

  it('waits for whoever is changing it, and is answered as it is then', async () => {
    const auctionId = await remembered();
    const answer = await whileSomebodyHolds(auctionId, async (somebody) => {
      const waiting = place(bid(auctionId, 'clara', 6_000));
      await someoneWaitsForALock(test.pool);
      await somebody.query('UPDATE auction SET price_minor = 5000 WHERE id = $1', [auctionId]);
      return { waiting };
    });

    expect(await answer.waiting).toMatchObject({ accepted: true, priceMinor: 5_100 });
    expect(house.sent).toEqual(expect.arrayContaining([FROM_MEMORY, READ]));
  });

  it('is late when the lock that it waited for is held beyond the end', async () => {
    const auctionId = await remembered({ closesInMs: 4_000, policy: { softClose: null } });
    const answer = await whileSomebodyHolds(auctionId, async () => {
      const waiting = place(bid(auctionId, 'clara', 6_000));
      await someoneWaitsForALock(test.pool);
      await expect.poll(() => hasEnded(auctionId), { timeout: 8_000 }).toBe(true);
      return { waiting };
    });

    expect(house.sent[0]).toBe(FROM_MEMORY);
    expect(await answer.waiting).toEqual({ accepted: false, code: 'auction_ended' });
    expect(await standing(auctionId)).toMatchObject({ entries: 2, last_sequence: 2 });
  });

  it('gets the answer of the first time when it is a repeat: accepted, though it would be too low now', async () => {
    const auctionId = await remembered();
    const first = bid(auctionId, 'clara', 6_000);
    const answer = await place(first);
    await place(bid(auctionId, 'dario', 9_000));
    expect(await place(first)).toEqual(answer);
    expect(await standing(auctionId)).toMatchObject({ entries: 4, last_sequence: 4 });
  });

  it('gets the answer of the first time when it is a repeat: accepted, and would be again', async () => {
    const [auctionId, another] = [await remembered(), await rows.auction()];
    const first = bid(auctionId, 'clara', 6_000);
    await place(first);
    await place(bid(another, 'anna', 2_000));
    expect(await place({ ...first, auctionId: another })).toEqual({
      accepted: false,
      code: 'idempotency_key_reused',
    });
    expect(await standing(another)).toMatchObject({ entries: 1, last_sequence: 1 });
  });

  it('gets the answer of the first time when it is a repeat: refused, though it would be enough now', async () => {
    const auctionId = await remembered();
    const low = bid(auctionId, 'clara', 2_000);
    const answer = await place(low);
    await operator.retract(auctionId, 'anna');
    // Memory is wrong for the first, and rests for the second; the price stays at 10.00.
    for (const maximum of [2_500, 3_000]) await place(bid(auctionId, 'bruno', maximum));
    house.sent.length = 0;
    expect(await place(low)).toEqual(answer);
    expect(house.sent).toEqual(expect.arrayContaining([FROM_MEMORY, READ]));
  });
});

describe('an auction is read', () => {
  it('when it ends soon, as the moment of the bid may move its end', async () => {
    const auctionId = await remembered({ closesInMs: 60_000 });
    const before = await closesAt(auctionId);

    await place(bid(auctionId, 'clara', 6_000));

    expect(house.sent).toContain(READ);
    expect(house.sent).not.toContain(FROM_MEMORY);
    expect(await closesAt(auctionId)).toBeGreaterThan(before);
  });

  it('to buy it now', async () => {
    const auctionId = await remembered();
    await place({ ...bid(auctionId, 'clara', 6_000), kind: 'buy_now' });
    expect(house.sent).toContain(READ);
    expect(house.sent).not.toContain(FROM_MEMORY);
  });

  it('when the clocks have come apart', async () => {
    const auctionId = await remembered();
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() - 5_000);

    const answer = await place(bid(auctionId, 'clara', 6_000));

    expect(house.sent).toEqual(expect.arrayContaining([FROM_MEMORY, READ]));
    const placedAtMs = answer.accepted ? Date.parse(answer.placedAt) : NaN;
    expect(Math.abs(placedAtMs - (await nowMs()))).toBeLessThan(1_000);
  });

  it('on another connection than the one on which it is remembered', async () => {
    const auctionId = await remembered();
    await test.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND state = 'idle' AND pid <> pg_backend_pid()`,
    );
    await expect.poll(() => house.pool.totalCount).toBe(0);

    await place(bid(auctionId, 'clara', 6_000));

    expect(house.sent).toContain(READ);
    expect(house.sent).not.toContain(FROM_MEMORY);
  });

  it('for a while when another process bids on it in turn, less and less often tried from memory', async () => {
    const auctionId = await remembered();
    const other = openHouse();
    for (let n = 0; n < 10; n++) {
      await place(bid(auctionId, 'clara', 10_000 + n * 2_000));
      await other.lane.place(bid(auctionId, 'dario', 11_000 + n * 2_000));
    }
    // The first is right; then the second, fourth and eighth are wrong, and after that seven are read.
    expect(house.sent.filter((name) => name === FROM_MEMORY)).toHaveLength(4);
    expect(await standing(auctionId)).toMatchObject({ last_sequence: 22, entries: 22 });
  });
});

/** By the database. */
const nowMs = async () => (await databaseNow(test.database)).getTime();

async function closesAt(auctionId: string): Promise<number> {
  const { rows: found } = await test.pool.query<{ closes_at: Date }>(
    'SELECT closes_at FROM auction WHERE id = $1',
    [auctionId],
  );
  return found[0]!.closes_at.getTime();
}

/** Somebody's transaction, which has locked the auction, and commits in the end. */
async function whileSomebodyHolds<T>(
  auctionId: string,
  work: (somebody: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const somebody = await test.pool.connect();
  try {
    await somebody.query('BEGIN');
    await somebody.query('SELECT FROM auction WHERE id = $1 FOR UPDATE', [auctionId]);
    return await work(somebody);
  } finally {
    await somebody.query('COMMIT');
    somebody.release();
  }
}

const hasEnded = async (auctionId: string) => (await nowMs()) > (await closesAt(auctionId));
