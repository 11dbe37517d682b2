import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BidEntry, Auction } from '../../src/database/entities/index.ts';
import { verifyLog } from '../../src/services/bidding/verify-log.ts';
import { biddingTerms, STANDARD_POLICIES } from '../../src/domain/policy/policy.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// A high bid that is taken back in the last moments keeps others away, and lets an earlier one win.

let test: TestDatabase;
let rows: Rows;
let api: TestApi;
let operator: string;

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  api = await startApi(test);
  operator = await api.token('otto', ['operator']);
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

const HOUR = 3_600_000;

describe('a shielding bid', () => {
  it('cannot be taken back by its bidder in the last moments', async () => {
    const auctionId = await shielded(10_000);

    const answer = await retract(auctionId, await api.token('shield', ['bidder']));

    expect(answer).toMatchObject({ status: 409, json: { code: 'state_conflict' } });
    expect(answer.json.detail).toMatch(/ask an operator/);
    expect(await auctionOf(auctionId)).toMatchObject({ leaderId: 'shield', priceMinor: 102_500 });
  });

  it.each(['shield', 'otto'])('gives others time to bid when it goes, by %s', async (by) => {
    const auctionId = await shielded(20 * 60_000);
    const token = by === 'otto' ? operator : await api.token(by, ['bidder']);
    const before = Date.now();

    const answer = await retract(auctionId, token);

    expect(answer).toMatchObject({ status: 200, json: { priceMinor: 12_250 } });
    const { closesAt } = await auctionOf(auctionId);
    expect(answer.json.closesAt).toBe(closesAt.toISOString());
    expect(closesAt.getTime() - before).toBeGreaterThan(HOUR - 60_000);
    const bid = { maximumMinor: 110_000 };
    const other = await api.token('clara', ['bidder']);
    expect(
      await api.post(`/v1/auctions/${auctionId}/bids`, { token: other, body: bid }),
    ).toMatchObject({ status: 200, json: { leading: true } });
    expect(await faultsOf(auctionId)).toEqual([]);
  });

  it('is counted for its bidder, not for whom an operator has helped', async () => {
    const soon = 20 * 60_000;
    await retract(await shielded(soon, 'sly'), await api.token('sly', ['bidder']), 'sly');
    await retract(await shielded(soon, 'sly'), await api.token('sly', ['bidder']), 'sly');
    await retract(await shielded(soon, 'clumsy'), operator, 'clumsy');

    expect(await api.get('/v1/bidders/sly', { token: operator })).toMatchObject({
      json: { retractions: { total: 2, lastThirtyDays: 2 } },
    });
    expect(await api.get('/v1/bidders/clumsy', { token: operator })).toMatchObject({ status: 404 });
  });
});

/** 1,000.00 was bid long ago, and a moment ago a maximum that nobody will pay. */
async function shielded(closesInMs: number, shield = 'shield'): Promise<string> {
  const auctionId = await rows.auction({ closesInMs, startPrice: 12_000 });
  for (const [bidder, maximumMinor] of [
    ['zoe', 12_000],
    ['accomplice', 100_000],
    [shield, 500_000],
  ] as const) {
    const token = await api.token(bidder, ['bidder']);
    const placed = await api.post(`/v1/auctions/${auctionId}/bids`, {
      token,
      body: { maximumMinor },
    });
    expect(placed).toMatchObject({ status: 200 });
  }
  return auctionId;
}

const retract = (auctionId: string, token: string, bidderId = 'shield') =>
  api.post(`/v1/auctions/${auctionId}/retractions`, {
    token,
    body: { bidderId, reason: 'a wrong amount' },
  });

const auctionOf = (id: string) => test.database.manager.findOneByOrFail(Auction, { id });

async function faultsOf(auctionId: string) {
  const auction = await auctionOf(auctionId);
  const log = await test.database.manager.find(BidEntry, {
    where: { auctionId },
    order: { sequence: 'ASC' },
  });
  const terms = { startPrice: auction.startPriceMinor, reserve: auction.reserveMinor };
  return verifyLog(auction, biddingTerms(STANDARD_POLICIES.standard!, terms), log);
}
