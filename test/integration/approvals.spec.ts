import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accounts } from '../../src/domain/ledger/ledger.ts';
import { balanceNow } from '../../src/services/ledger/statement.ts';
import { startApi, type Answer, type AnyBody, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// What one person proposes and another approves. A reversal's own rules stand in ledger.spec.ts.

let test: TestDatabase;
let api: TestApi;
const tokens = {} as Record<'otto' | 'olga' | 'fiona', string>;

beforeAll(async () => {
  test = await createTestDatabase();
  api = await startApi(test);
  tokens.otto = await api.token('otto', ['operator']);
  tokens.olga = await api.token('olga', ['operator']);
  tokens.fiona = await api.token('fiona', ['finance']);
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

const decide = (
  id: string,
  token: string,
  decision = 'approve',
  key?: string,
): Promise<Answer<AnyBody>> =>
  api.post(`/v1/approvals/${id}/${decision}`, { token, key, body: { reason: 'looked at it' } });

const give = (ownerId: string, amountMinor: number, token = tokens.otto, key?: string) =>
  api.post(`/v1/wallets/${ownerId}/credits`, {
    token,
    key,
    body: { currency: 'EUR', amountMinor, reason: 'a late delivery' },
  });

async function owner(): Promise<string> {
  const id = `owner-${randomUUID()}`;
  const token = await api.token(id, ['bidder']);
  await api.post('/v1/wallets', { token, body: { currency: 'EUR' } });
  return id;
}

const held = async (ownerId: string): Promise<number | undefined> =>
  (await balanceNow(test.database.manager, accounts.wallet(ownerId)))[0]?.balanceMinor;

describe('store credit of the house', () => {
  it('above an amount is given once a second person agrees, and shows both', async () => {
    const anna = await owner();
    const proposed = await give(anna, 10_001);
    const id = proposed.json.approvalId as string;
    expect(proposed).toMatchObject({ status: 200, json: { balanceMinor: null } });
    expect(await held(anna)).toBe(0);
    const waiting = await api.get('/v1/approvals?state=proposed', { token: tokens.fiona });
    expect(waiting.json.items.find((each) => each.id === id)).toMatchObject({
      kind: 'store_credit',
      subjectId: anna,
      request: { ownerId: anna, currency: 'EUR', amountMinor: 10_001 },
      proposedBy: 'otto',
      reason: 'a late delivery',
    });

    expect(await decide(id, tokens.otto)).toMatchObject({
      status: 403,
      json: { code: 'second_person_needed' },
    });
    const approved = await decide(id, tokens.olga);
    expect(approved).toMatchObject({
      status: 200,
      json: { state: 'approved', decidedBy: 'olga', outcome: { balanceMinor: 10_001 } },
    });
    expect((await decide(id, tokens.fiona)).json).toEqual(approved.json);
    expect(await held(anna)).toBe(10_001);
    const { rows } = await test.pool.query(
      `SELECT actor_id, approved_by FROM ledger_transaction WHERE kind = 'credit' AND subject_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ actor_id: 'otto', approved_by: 'olga' }]);
    const { json } = await api.get(`/v1/audit?subjectId=${id}`, { token: tokens.fiona });
    expect(json.items).toMatchObject([
      { event: 'begin', actorId: 'otto', reason: 'a late delivery' },
      { event: 'approve', actorId: 'olga', reason: 'looked at it' },
    ]);
  });

  it('counts together what an owner gets in parts, also at once', async () => {
    const anna = await owner();
    const parts = await Promise.all([give(anna, 6_000), give(anna, 6_000, tokens.olga)]);
    expect(parts.map(({ json }) => json.approvalId === null).sort()).toEqual([false, true]);
    expect(await held(anna)).toBe(6_000);
  });

  it('is given to nobody by oneself: neither alone, nor as the second person, nor by an admin', async () => {
    const anna = await owner();
    const herself = await api.token(anna, ['operator']);
    const admin = await api.token(anna, ['admin']);
    const refused = { status: 403, json: { code: 'not_for_oneself' } };
    expect(await give(anna, 1, herself)).toMatchObject(refused);
    expect(await give(anna, 1, admin)).toMatchObject(refused);
    const { json } = await give(anna, 20_000);
    expect(await decide(json.approvalId as string, herself)).toMatchObject(refused);
    expect(await held(anna)).toBe(0);
  });

  it('is bounded, and makes no wallet for a misspelt owner', async () => {
    const anna = await owner();
    expect(await give(anna, 100_000_000_000)).toMatchObject({
      status: 422,
      json: { code: 'credit_too_large', largestCreditMinor: 1_000_000 },
    });
    for (const amountMinor of [1, 20_000]) {
      expect(await give(`${anna}x`, amountMinor)).toMatchObject({
        status: 404,
        json: { code: 'wallet_not_found' },
      });
    }
    expect(await held(`${anna}x`)).toBeUndefined();
  });
});

describe('an approval', () => {
  const proposal = async () => (await give(await owner(), 20_000)).json.approvalId as string;

  it('is one of approve, reject and withdraw, whoever comes first', async () => {
    const id = await proposal();
    const answers = await Promise.all([
      decide(id, tokens.olga),
      decide(id, tokens.fiona, 'reject'),
      decide(id, tokens.otto, 'withdraw'),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  it('is told of to those who may approve it, until it is decided', async () => {
    const id = await proposal();
    const hears = async (token: string) =>
      (await api.get('/v1/notices?limit=200', { token })).json.items.filter(
        ({ subjectId }) => subjectId === id,
      );
    for (const token of [tokens.olga, tokens.fiona]) {
      expect(await hears(token)).toMatchObject([{ kind: 'approval_needed' }]);
    }
    await decide(id, tokens.olga, 'reject');
    expect([...(await hears(tokens.olga)), ...(await hears(tokens.fiona))]).toEqual([]);
  });

  it('is withdrawn by whoever has proposed it alone, and can be rejected by others', async () => {
    const id = await proposal();
    expect(await decide(id, tokens.olga, 'withdraw')).toMatchObject({ status: 403 });
    const rejected = await decide(id, tokens.olga, 'reject');
    expect(rejected).toMatchObject({ status: 200, json: { state: 'rejected', outcome: null } });
    expect(await decide(id, tokens.fiona)).toMatchObject({ status: 409 });
  });

  it('expires, and then does nothing any more', async () => {
    const id = await proposal();
    await test.pool.query(`UPDATE approval SET expires_at = now() WHERE id = $1`, [id]);
    expect(await decide(id, tokens.olga)).toMatchObject({
      status: 409,
      json: { code: 'approval_expired' },
    });
    expect((await api.get(`/v1/approvals/${id}`, { token: tokens.fiona })).json).toMatchObject({
      state: 'expired',
      outcome: null,
    });
  });

  it('is of what was proposed: nobody changes that, by hand neither', async () => {
    const id = await proposal();
    for (const change of [
      `request = '{"ownerId": "otto", "currency": "EUR", "amountMinor": 1}'`,
      `proposed_by = 'somebody'`,
    ]) {
      const byHand = test.pool.query(`UPDATE approval SET ${change} WHERE id = $1`, [id]);
      await expect(byHand).rejects.toMatchObject({ code: 'GV002' });
    }
  });

  it('that cannot be done any more stays proposed, and says why', async () => {
    const rows = new Rows(test.pool);
    const id = await rows.approval();
    expect(await decide(id, tokens.olga)).toMatchObject({
      status: 404,
      json: { code: 'wallet_not_found' },
    });
    const { json } = await api.get(`/v1/approvals/${id}`, { token: tokens.fiona });
    expect(json.state).toBe('proposed');
  });
});

describe('another payee', () => {
  const seller = () => new Rows(test.pool).seller(`seller-${randomUUID()}`);
  const propose = (id: string, paypalMerchantId: string, token = tokens.otto) =>
    api.post(`/v1/sellers/${id}/payee`, {
      token,
      body: { paypalMerchantId, reason: 'a new account' },
    });
  const payee = async (id: string) =>
    (await api.get(`/v1/sellers/${id}`, { token: tokens.otto })).json.paypalMerchantId;

  it('is paid once a second person agrees; the seller is told before and after, and the log has both', async () => {
    const id = await seller();
    const own = await api.token(id, ['seller']);
    const proposed = await propose(id, 'ANOTHER1');
    expect(proposed).toMatchObject({
      status: 200,
      json: { request: { sellerId: id, from: 'MERCHANT1', to: 'ANOTHER1' } },
    });
    expect(await payee(id)).toBe('MERCHANT1');
    const hears = async () => (await api.get('/v1/notices', { token: own })).json.items;
    expect(await hears()).toMatchObject([{ kind: 'payee_change_proposed' }]);
    expect(await decide(proposed.json.id, tokens.otto)).toMatchObject({ status: 403 });
    expect(await decide(proposed.json.id, tokens.fiona)).toMatchObject({ status: 200 });
    expect(await payee(id)).toBe('ANOTHER1');
    expect(await hears()).toMatchObject([{ kind: 'payee_changed' }]);
    const { json } = await api.get(`/v1/audit?subjectKind=seller&subjectId=${id}`, {
      token: tokens.fiona,
    });
    expect(json.items.at(-1)).toMatchObject({
      event: 'change',
      actorId: 'fiona',
      reason: 'a new account (proposed by otto: looked at it)',
      before: { paypal_merchant_id: 'MERCHANT1' },
      after: { paypal_merchant_id: 'ANOTHER1' },
    });
  });

  it('is not written together with the seller’s name', async () => {
    const id = await seller();
    const { headers } = await api.get(`/v1/sellers/${id}`, { token: tokens.otto });
    const answer = await api.post('/v1/sellers', {
      token: tokens.otto,
      body: { id, name: 'Sara', paypalMerchantId: 'ANOTHER1' },
      headers: { 'if-match': String(headers.etag) },
    });
    expect(answer).toMatchObject({ status: 409, json: { code: 'second_person_needed' } });
    expect(await payee(id)).toBe('MERCHANT1');
  });

  it('is proposed one at a time, and not by the seller', async () => {
    const id = await seller();
    expect((await propose(id, 'ANOTHER1')).status).toBe(200);
    expect(await propose(id, 'ANOTHER2')).toMatchObject({
      status: 409,
      json: { code: 'already_proposed' },
    });
    const herself = await api.token(id, ['operator']);
    expect(await propose(id, 'ANOTHER2', herself)).toMatchObject({ status: 403 });
  });

  it('that was proposed for a seller who is paid elsewhere by now is not approved', async () => {
    const id = await seller();
    const { json } = await propose(id, 'ANOTHER1');
    await test.pool.query(`UPDATE seller SET paypal_merchant_id = 'THIRD' WHERE id = $1`, [id]);
    expect(await decide(json.id, tokens.fiona)).toMatchObject({
      status: 409,
      json: { code: 'changed_meanwhile' },
    });
    expect(await payee(id)).toBe('THIRD');
  });
});
