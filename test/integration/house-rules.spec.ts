import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STANDARD_POLICIES, type Policy } from '../../src/domain/policy/policy.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// Policies and sales are the house's: sellers use those that the house has opened to them.

let test: TestDatabase;
let api: TestApi;
let operator: string;
let sara: string;

beforeAll(async () => {
  test = await createTestDatabase();
  const rows = new Rows(test.pool);
  api = await startApi(test);
  await rows.seller('sara');
  await rows.seller('simon');
  operator = await api.token('otto', ['operator']);
  sara = await api.token('sara', ['seller']);
  await write('for-nothing', { sellersCommission: 0 });
  await write('for-sara', { usableBy: ['sara'] });
  await write('for-simon', { usableBy: ['simon'] });
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

describe('a seller’s draft', () => {
  it('uses the policies that the house has opened to the seller, and is told which', async () => {
    expect(await draft(sara, { policy: 'for-sara' })).toMatchObject({ status: 200 });
    expect(await draft(sara, {})).toMatchObject({ status: 200 });
    for (const policy of ['for-nothing', 'for-simon']) {
      const answer = await draft(sara, { policy });
      expect(answer).toMatchObject({
        status: 403,
        json: { code: 'policy_not_open', policies: ['for-sara', 'standard'] },
      });
      expect(answer.json.detail).toContain('choose for-sara or standard');
    }
    expect(await draft(operator, { policy: 'for-nothing' })).toMatchObject({ status: 200 });
  });

  it('is the seller’s also when the seller works for the house, too', async () => {
    const both = await api.token('sara', ['operator', 'seller']);
    const closed = await sale({});
    expect(await draft(both, { policy: 'for-nothing' })).toMatchObject({
      status: 403,
      json: { code: 'policy_not_open' },
    });
    expect(await draft(both, { saleId: closed })).toMatchObject({
      status: 403,
      json: { code: 'sale_not_open' },
    });
    expect(await draft(both, { policy: 'for-sara' })).toMatchObject({ status: 200 });
    expect(await draft(both, { policy: 'for-nothing', sellerId: 'simon' })).toMatchObject({
      status: 200,
    });
  });

  it('goes into the sales that the house has opened to the seller', async () => {
    const closed = await sale({});
    const open = await sale({ usableBy: ['sara'] });
    const forAll = await sale({ usableBy: 'sellers' });
    expect(await draft(sara, { saleId: closed })).toMatchObject({
      status: 403,
      json: { code: 'sale_not_open', sales: expect.arrayContaining([open, forAll]) as unknown },
    });
    for (const saleId of [open, forAll]) {
      expect(await draft(sara, { saleId })).toMatchObject({ status: 200, json: { saleId } });
    }
    expect(await draft(operator, { saleId: closed })).toMatchObject({ status: 200 });
    expect((await api.get(`/v1/sales/${open}`, { token: sara })).text).not.toContain('usableBy');
  });

  it('is not published once the policy is closed to the seller; what an operator drafted is', async () => {
    await write('for-a-while', { usableBy: 'sellers' });
    const drafted = await draft(sara, { policy: 'for-a-while' });
    const byOperator = await draft(operator, { policy: 'for-nothing' });
    await write('for-a-while', { usableBy: 'operators' });

    expect(await publish(drafted.json.id)).toMatchObject({
      status: 403,
      json: { code: 'policy_not_open' },
    });
    expect(await publish(byOperator.json.id)).toMatchObject({ status: 200 });
  });
});

describe('a policy', () => {
  it('is read by bidders as far as they rely on it', async () => {
    const token = await api.token('bea', ['bidder']);
    const { document } = await newest('for-nothing', token);
    expect(document).toMatchObject({ buyersPremium: 1_500, increments: 'ebay-us' });
    expect(Object.keys(document).sort()).toEqual([
      'belowReserve',
      'buyersPremium',
      'increments',
      'ownRaise',
      'paymentWindow',
      'premiumTax',
      'retraction',
      'secondChanceWindow',
      'softClose',
    ]);
  });

  it('is read whole by sellers who may use it, but for who else may', async () => {
    const { document: own } = await newest('for-sara', sara);
    expect(own).toMatchObject({ sellersCommission: 1_000 });
    expect(own).not.toHaveProperty('usableBy');
    const { document: others } = await newest('for-simon', sara);
    expect(others).toHaveProperty('buyersPremium');
    expect(others).not.toHaveProperty('sellersCommission');
    expect(await newest('for-simon', operator)).toMatchObject({
      document: { usableBy: ['simon'] },
    });
  });
});

const write = async (name: string, change: Partial<Policy>) => {
  const { usableBy, ...standard } = STANDARD_POLICIES.standard!;
  expect(usableBy).toBe('sellers');
  const path = `/v1/policies/${name}`;
  const known = await api.get(path, { token: operator });
  const headers: Record<string, string> =
    known.status === 200 ? { 'if-match': String(known.headers.etag) } : {};
  const body = { ...standard, ...change };
  expect(await api.post(path, { token: operator, body, headers })).toMatchObject({ status: 200 });
};

const newest = async (name: string, token: string) => {
  const { json } = await api.get<{ items: { document: object }[] }>(`/v1/policies/${name}`, {
    token,
  });
  return json.items[0]!;
};

const later = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

async function sale(wanted: object): Promise<string> {
  const body = { title: 'Clocks', firstClosesAt: later(2), ...wanted };
  return (await api.post('/v1/sales', { token: operator, body })).json.id;
}

const draft = (token: string, wanted: object) =>
  api.post('/v1/auctions', {
    token,
    body: {
      sellerId: 'sara',
      title: 'A clock',
      commodityCode: '9102',
      currency: 'EUR',
      startPriceMinor: 1_000,
      closesAt: later(1),
      ...wanted,
    },
  });

const publish = (id: string) => api.post(`/v1/auctions/${id}/publish`, { token: sara });
