import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STANDARD_POLICIES } from '../../src/domain/policy/policy.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { inDays } from '../support/moments.ts';
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

describe('a policy that no sale could live by', () => {
  it('is refused with the field and its bounds', async () => {
    const body = { ...STANDARD_POLICIES.standard, paymentWindow: 'P999999999D' };
    const { status, json } = await api.post('/v1/policies/forever', { token: operator, body });
    expect(status).toBe(400);
    expect(json.faults).toEqual([{ field: 'paymentWindow', message: 'must be from PT1S to P60D' }]);
  });

  it('and was written before there were bounds is still shown', async () => {
    const name = await rows.policy({ paymentWindow: 'P999999999D' });
    const { status, json } = await api.get(`/v1/policies/${name}`, { token: operator });
    expect(status).toBe(200);
    expect(json.items[0]).toMatchObject({ document: { paymentWindow: 'P999999999D' } });
    expect((await api.get('/v1/policies', { token: operator })).status).toBe(200);
  });
});

describe('an auction at a time that nobody means', () => {
  beforeAll(() => rows.seller('sara'));

  it.each([
    ['that lasts for a year', 0, 365, 'auction_too_long'],
    ['of the year 2999', 973 * 365, 973 * 365 + 7, 'closes_too_late'],
    ['that opened twenty years ago', -20 * 365, 7, 'auction_too_long'],
    ['that closes before it opens', 7, 6, 'closes_before_opening'],
  ])('%s is refused', async (_, opensIn, closesIn, code) => {
    const body = { ...AUCTION, opensAt: inDays(opensIn), closesAt: inDays(closesIn) };
    const { status, json } = await api.post('/v1/auctions', { token: operator, body });
    expect({ status, code: json.code }).toEqual({ status: 422, code });
  });

  it('of the year 1 is refused with the name of the field', async () => {
    const body = { ...AUCTION, opensAt: inDays(-2_024 * 365), closesAt: inDays(7) };
    const { status, json } = await api.post('/v1/auctions', { token: operator, body });
    expect({ status, faults: json.faults }).toMatchObject({
      status: 400,
      faults: [{ field: 'opensAt' }],
    });
  });

  it('of the year 2999 is refused for a whole sale, too', async () => {
    const body = { title: 'Watches', firstClosesAt: inDays(973 * 365) };
    const { status, json } = await api.post('/v1/sales', { token: operator, body });
    expect({ status, code: json.code }).toEqual({ status: 422, code: 'closes_too_late' });
  });
});

const AUCTION = {
  sellerId: 'sara',
  title: 'Chronograph, 1968',
  commodityCode: '9102',
  currency: 'EUR',
  startPriceMinor: 10_000,
};
