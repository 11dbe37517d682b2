import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { balanceNow } from '../../src/services/ledger/statement.ts';
import { post } from '../../src/services/ledger/post-ledger.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// A seller who owes the house pays by hand, and finance books it off.

let test: TestDatabase;
let api: TestApi;
let finance: string;
/** Another in each test, who owes 100.00 EUR. */
let sellerId: string;

beforeAll(async () => {
  test = await createTestDatabase();
  api = await startApi(test);
  finance = await api.token('fiona', ['finance']);
});
beforeEach(async () => {
  sellerId = await new Rows(test.pool).seller(`seller-${randomUUID()}`);
  await test.database.transaction((tx) =>
    post(tx, {
      kind: 'adjustment',
      subjectId: randomUUID(),
      auctionId: null,
      currency: 'EUR',
      entries: [
        { account: `seller:${sellerId}:credit`, amountMinor: -10_000 },
        { account: 'buyer:anna', amountMinor: 10_000 },
      ],
      by: { actorId: 'fiona', reason: 'a debt to begin with' },
    }),
  );
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

describe('what a seller has paid by hand', () => {
  it('is owed no more; the ledger keeps who booked it and by which reference, and the seller is told', async () => {
    const { status, json } = await record({ amountMinor: 4_000, reference: 'SEPA 17' });
    expect(status).toBe(200);
    expect(json).toMatchObject({ sellerId, amountMinor: 4_000, owedMinor: 6_000 });
    expect(await owed()).toBe(6_000);
    expect(await balance(`seller:${sellerId}`)).toBe(-4_000);

    const { rows: kept } = await test.pool.query(
      `SELECT kind, actor_id, reason FROM ledger_transaction WHERE subject_id = $1`,
      [json.id],
    );
    expect(kept).toEqual([{ kind: 'receipt', actor_id: 'fiona', reason: 'SEPA 17' }]);
    const notices = await api.get('/v1/notices', { token: await api.token(sellerId, ['seller']) });
    expect(notices.text).toContain('40.00 EUR of what you owe us (SEPA 17); 60.00 EUR is left');
  });

  it('is booked once by one key, and once by one reference', async () => {
    const key = randomUUID();
    const wanted = { amountMinor: 4_000, reference: 'SEPA 17' };
    const first = await record(wanted, key);
    expect(await record(wanted, key)).toMatchObject({ status: 200, json: first.json });
    expect(await record(wanted)).toMatchObject({
      status: 409,
      json: {
        code: 'already_received',
        detail: expect.stringContaining('even if it was taken back') as unknown,
      },
    });
    expect(await owed()).toBe(6_000);
    expect(await record({ ...wanted, reference: 'SEPA 18' })).toMatchObject({ status: 200 });
    expect(await owed()).toBe(2_000);
  });

  it('is never more than what is owed, nor in another currency', async () => {
    const refused = { status: 422, json: { code: 'more_than_owed', owedMinor: 10_000 } };
    expect(await record({ amountMinor: 10_001, reference: 'one' })).toMatchObject(refused);
    expect(await record({ amountMinor: 1, reference: 'two', currency: 'USD' })).toMatchObject({
      status: 422,
      json: { owedMinor: 0 },
    });
    expect(await owed()).toBe(10_000);
  });

  it('is booked off once when two people book all of it at once', async () => {
    const both = ['one', 'two'].map((reference) => record({ amountMinor: 10_000, reference }));
    const statuses = (await Promise.all(both)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 422]);
    expect(await owed()).toBe(0);
  });

  it('can be taken back, as any posting', async () => {
    const { json } = await record({ amountMinor: 10_000, reference: 'SEPA 17' });
    const { rows } = await test.pool.query<{ id: number }>(
      'SELECT id FROM ledger_transaction WHERE subject_id = $1',
      [json.id],
    );
    const path = `/v1/ledger/transactions/${rows[0]!.id}/reversal`;
    const body = { reason: 'it was another seller' };
    const proposed = await api.post(path, { token: finance, body });
    const token = await api.token('frank', ['finance']);
    await api.post(`/v1/approvals/${proposed.json.id}/approve`, { token, body });
    expect(await owed()).toBe(10_000);
  });

  it('is of a seller whom the house knows', async () => {
    sellerId = 'nobody';
    expect(await record({ amountMinor: 1, reference: 'one' })).toMatchObject({ status: 404 });
  });
});

const record = (wanted: object, key?: string) =>
  api.post(`/v1/sellers/${sellerId}/receipts`, {
    token: finance,
    body: { currency: 'EUR', ...wanted },
    key,
  });

async function balance(account: string): Promise<number> {
  const [found] = await balanceNow(test.database.manager, account);
  return found?.balanceMinor ?? 0;
}

const owed = async (): Promise<number> => 0 - (await balance(`seller:${sellerId}:credit`));
