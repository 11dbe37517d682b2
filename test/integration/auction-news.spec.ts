import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

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

describe('whoever has bid in an auction, and its seller', () => {
  it('hear once that it is cancelled, however often they have bid', async () => {
    const auctionId = await auctionWith('anna', 'bea', 'anna');
    await intervene(auctionId, 'cancel');
    await intervene(auctionId, 'cancel');
    expect(await told(auctionId)).toEqual([
      'anna auction_cancelled',
      'bea auction_cancelled',
      'seller auction_cancelled',
    ]);
    const anna = await api.token('anna', ['bidder']);
    const { json } = await api.get('/v1/notices', { token: anna });
    expect(json.items[0]!.text).toMatch(/cancelled the auction of “A clock”.*no bid .* binds/);
  });

  it('hear of each pause, and of each new end', async () => {
    const auctionId = await auctionWith('anna');
    for (const event of ['pause', 'resume', 'pause', 'resume']) await intervene(auctionId, event);
    const each = ['auction_paused', 'auction_paused', 'auction_resumed', 'auction_resumed'];
    expect(await told(auctionId)).toEqual([
      ...each.map((kind) => `anna ${kind}`),
      ...each.map((kind) => `seller ${kind}`),
    ]);
  });

  it('hear that a retraction has moved the end; and whose bids have gone, that they have', async () => {
    const auctionId = await auctionWith('anna', 'bea');
    await test.pool.query(
      `UPDATE auction SET closes_at = clock_timestamp() + interval '10 minutes' WHERE id = $1`,
      [auctionId],
    );
    const body = { bidderId: 'bea', reason: 'a wrong amount' };
    await api.post(`/v1/auctions/${auctionId}/retractions`, { token: operator, body });
    expect(await told(auctionId)).toEqual([
      'anna auction_end_moved',
      'bea auction_end_moved',
      'bea bids_retracted',
      'seller auction_end_moved',
    ]);
  });

  it('hear that an operator has ended the bidding', async () => {
    const auctionId = await auctionWith('anna');
    await intervene(auctionId, 'close');
    expect(await told(auctionId)).toEqual(['anna auction_end_moved', 'seller auction_end_moved']);
  });

  it('are told with no more statements, however many they are', async () => {
    const few = await auctionWith('anna');
    const many = await auctionWith(...Array.from({ length: 40 }, (_, i) => `bidder-${i}`));
    const [forFew, forMany] = [
      await statementsOf(() => intervene(few, 'cancel')),
      await statementsOf(() => intervene(many, 'cancel')),
    ];
    // The live hub, which is told of the change, may add one of its own.
    expect(Math.abs(forMany - forFew)).toBeLessThanOrEqual(2);
    expect(await told(many)).toHaveLength(41);
  });
});

describe('a list', () => {
  const LISTS = [
    '/v1/auctions',
    '/v1/offers',
    '/v1/payments',
    '/v1/disbursements',
    '/v1/disputes',
    '/v1/erp-documents',
    '/v1/reconciliation/differences',
    '/v1/reconciliation/repairs',
    '/v1/policies',
    '/v1/audit',
    '/v1/ledger/entries',
    '/v1/ledger/balances',
  ];

  it('asks the database the same few questions, however much is on it', async () => {
    const asked = async (limit: number) => {
      const counts: Record<string, number> = {};
      for (const path of LISTS) {
        const paged = path === '/v1/policies' || path.endsWith('balances');
        const url = paged ? path : `${path}?limit=${limit}`;
        counts[path] = await statementsOf(async () => {
          expect(await api.get(url, { token: operator })).toMatchObject({ status: 200 });
        });
      }
      return counts;
    };
    await rows.oneOfEach();
    await rows.auction({ policy: { secondChanceDepth: 20 } }); // Of a policy that no list has read.
    const few = await asked(1);
    for (let i = 0; i < 10; i++) {
      await rows.auction({ policy: { secondChanceDepth: i } });
      const payment = await rows.payment(await rows.offer(await rows.auction()));
      await rows.disbursement(payment);
      await rows.dispute(payment, `PP-D-list-${i}`);
    }
    expect(await asked(200)).toEqual(few);
    expect(Math.min(...Object.values(few))).toBeGreaterThan(0);
  });
});

/** How many statements it sends: the least of three times, as the API's own polls come in between. */
async function statementsOf(act: () => Promise<unknown>): Promise<number> {
  const counts: number[] = [];
  for (let times = 0; times < 3; times += 1) {
    const sent = vi.spyOn(pg.Client.prototype, 'query');
    await act();
    counts.push(sent.mock.calls.length);
    sent.mockRestore();
  }
  return Math.min(...counts);
}

async function auctionWith(...bidders: string[]): Promise<string> {
  const auctionId = await rows.auction();
  for (const [i, bidder] of bidders.entries()) {
    const token = await api.token(bidder, ['bidder']);
    const body = { maximumMinor: 2_000 + i * 1_000 };
    expect(await api.post(`/v1/auctions/${auctionId}/bids`, { token, body })).toMatchObject({
      status: 200,
    });
  }
  return auctionId;
}

const intervene = async (auctionId: string, event: string) =>
  expect(
    await api.post(`/v1/auctions/${auctionId}/${event}`, {
      token: operator,
      body: { reason: 'the clock is broken' },
    }),
  ).toMatchObject({ status: 200 });

async function told(auctionId: string): Promise<string[]> {
  const { rows: notices } = await test.pool.query<{ told: string }>(
    `SELECT recipient_id || ' ' || kind AS told FROM notice WHERE subject_id = $1 ORDER BY 1`,
    [auctionId],
  );
  return notices.map((notice) => notice.told);
}
