import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../../src/api/http/tokens.ts';
import { startApi, type AnyBody, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { operationsOf, type OpenApi } from '../support/openapi.ts';
import { Rows } from '../support/rows.ts';

let test: TestDatabase;
let rows: Rows;
let api: TestApi;
const tokens = {} as Record<'operator' | 'finance' | 'sara' | 'anna' | 'bruno', string>;

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  api = await startApi(test);
  tokens.operator = await api.token('otto', ['operator']);
  tokens.finance = await api.token('fiona', ['finance']);
  tokens.sara = await api.token('sara', ['seller']);
  tokens.anna = await api.token('anna', ['bidder']);
  tokens.bruno = await api.token('bruno', ['bidder']);
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

const NOBODY = '0197f3a0-0000-7000-8000-000000000000';
const tooMuch = { x: 'x'.repeat(300_000) };

/** Who may, by operation. A new route is added here, so that somebody has decided. */
const MAY: Readonly<Record<string, readonly Role[]>> = {
  'GET /v1/auctions': ['operator', 'finance', 'seller', 'bidder'],
  'POST /v1/auctions': ['operator', 'seller'],
  'GET /v1/auctions/{id}': ['operator', 'finance', 'seller', 'bidder'],
  'POST /v1/auctions/{id}/publish': ['operator', 'seller'],
  'POST /v1/auctions/{id}/close': ['operator'],
  'POST /v1/auctions/{id}/pause': ['operator'],
  'POST /v1/auctions/{id}/resume': ['operator'],
  'POST /v1/auctions/{id}/cancel': ['operator'],
  'POST /v1/auctions/{id}/end-sale': ['operator'],
  'POST /v1/auctions/{auctionId}/bids': ['bidder'],
  'GET /v1/auctions/{auctionId}/bids': ['operator', 'finance', 'seller', 'bidder'],
  'GET /v1/auctions/{id}/live': ['operator', 'finance', 'seller', 'bidder'],
  'GET /v1/live': ['operator', 'finance', 'seller', 'bidder'],
  'POST /v1/auctions/{auctionId}/purchase': ['bidder'],
  'POST /v1/auctions/{auctionId}/absentee-bids': ['operator'],
  'POST /v1/auctions/{auctionId}/retractions': ['operator', 'bidder'],
  'GET /v1/bidders/{id}': ['operator', 'finance'],
  'POST /v1/bidders/{id}': ['operator'],
  'POST /v1/bidders/{id}/region': ['operator'],
  'POST /v1/sales': ['operator'],
  'GET /v1/sales/{id}': ['operator', 'finance', 'seller', 'bidder'],
  'GET /v1/sales/{id}/live': ['operator', 'finance', 'seller', 'bidder'],
  'GET /v1/sales/{id}/bidders/{bidderId}': ['operator', 'finance'],
  'POST /v1/sales/{id}/bidders/{bidderId}': ['operator'],
  'GET /v1/offers': ['operator', 'finance', 'bidder'],
  'GET /v1/offers/{id}': ['operator', 'finance', 'bidder'],
  'POST /v1/offers/{id}/accept': ['operator', 'bidder'],
  'POST /v1/offers/{id}/decline': ['operator', 'bidder'],
  'POST /v1/offers/{id}/withdraw': ['operator'],
  'GET /v1/payments': ['operator', 'finance', 'seller', 'bidder'],
  'GET /v1/payments/{id}': ['operator', 'finance', 'seller', 'bidder'],
  'GET /v1/payments/{id}/refunds': ['operator', 'finance', 'seller', 'bidder'],
  'POST /v1/payments/{id}/refunds': ['operator', 'finance'],
  'POST /v1/payments/{id}/refunds/{refundId}/give-up': ['operator', 'finance'],
  'POST /v1/payments/{id}/refunds/{refundId}/retry': ['operator', 'finance'],
  'GET /v1/disbursements': ['operator', 'finance', 'seller'],
  'GET /v1/disbursements/{id}': ['operator', 'finance', 'seller'],
  'POST /v1/disbursements/{id}/arrival': ['operator'],
  'POST /v1/disbursements/{id}/hold': ['operator', 'finance'],
  'POST /v1/disbursements/{id}/release': ['operator'],
  'GET /v1/disputes': ['operator', 'finance'],
  'GET /v1/disputes/{id}': ['operator', 'finance'],
  'GET /v1/erp-documents': ['operator', 'finance'],
  'GET /v1/erp-documents/{id}': ['operator', 'finance'],
  'POST /v1/erp-documents/{id}/correct': ['operator', 'finance'],
  'POST /v1/erp-documents/{id}/send-again': ['operator', 'finance'],
  'GET /v1/reports': ['operator', 'finance'],
  'POST /v1/reports/{name}/runs': ['operator', 'finance'],
  'GET /v1/report-runs': ['operator', 'finance'],
  'GET /v1/report-runs/{id}': ['operator', 'finance'],
  'GET /v1/report-runs/{id}/content': ['operator', 'finance'],
  'POST /v1/reconciliation/runs': ['operator', 'finance'],
  'GET /v1/reconciliation/runs': ['operator', 'finance'],
  'GET /v1/reconciliation/runs/{id}': ['operator', 'finance'],
  'GET /v1/reconciliation/runs/{id}/differences': ['operator', 'finance'],
  'GET /v1/reconciliation/differences': ['operator', 'finance'],
  'GET /v1/reconciliation/differences/{id}': ['operator', 'finance'],
  'GET /v1/reconciliation/unread-lines': ['operator', 'finance'],
  'POST /v1/reconciliation/differences/{id}/assign': ['finance'],
  'POST /v1/reconciliation/differences/{id}/close': ['finance'],
  'POST /v1/reconciliation/differences/{id}/repairs': ['finance'],
  'GET /v1/reconciliation/repairs': ['operator', 'finance'],
  'POST /v1/reconciliation/repairs/{id}/approve': ['finance'],
  'POST /v1/reconciliation/repairs/{id}/withdraw': ['finance'],
  'GET /v1/ledger/entries': ['operator', 'finance'],
  'GET /v1/ledger/balances': ['operator', 'finance'],
  'GET /v1/ledger/accounts/{account}': ['operator', 'finance', 'seller', 'bidder'],
  'GET /v1/ledger/accounts/{account}/statement': ['operator', 'finance', 'seller', 'bidder'],
  'GET /v1/ledger/transactions/{id}': ['operator', 'finance'],
  'POST /v1/ledger/transactions/{id}/reversal': ['finance'],
  'POST /v1/wallets': ['seller', 'bidder'],
  'GET /v1/wallets/{ownerId}': ['operator', 'finance', 'seller', 'bidder'],
  'POST /v1/wallets/{ownerId}/credits': ['operator', 'finance', 'seller'],
  'POST /v1/wallets/{ownerId}/transfers': ['seller', 'bidder'],
  'GET /v1/approvals': ['operator', 'finance'],
  'GET /v1/approvals/{id}': ['operator', 'finance'],
  'POST /v1/approvals/{id}/approve': ['operator', 'finance'],
  'POST /v1/approvals/{id}/reject': ['operator', 'finance'],
  'POST /v1/approvals/{id}/withdraw': ['operator', 'finance'],
  'GET /v1/audit': ['operator', 'finance'],
  'GET /v1/notices': ['operator', 'finance', 'seller', 'bidder'],
  'POST /v1/notices/{id}/close': ['operator', 'finance', 'seller', 'bidder'],
  'POST /v1/sellers': ['operator'],
  'GET /v1/sellers/{id}': ['operator', 'finance'],
  'POST /v1/sellers/{id}/payee': ['operator'],
  'POST /v1/sellers/{id}/receipts': ['finance'],
  'GET /v1/policies': ['operator', 'finance', 'seller', 'bidder'],
  'GET /v1/policies/{name}': ['operator', 'finance', 'seller', 'bidder'],
  'POST /v1/policies/{name}': ['operator'],
  'GET /v1/messages/{box}': ['operator'],
  'POST /v1/messages/{box}/{id}/replay': ['operator'],
  'GET /v1/stuck-steps': ['operator', 'finance'],
  'GET /v1/stuck-steps/causes': ['operator', 'finance'],
  'POST /v1/stuck-steps/retry': ['operator'],
  'POST /v1/stuck-steps/{id}/retry': ['operator'],
  'POST /v1/stuck-steps/{id}/end': ['operator'],
};

describe('who may', () => {
  it('is decided for every operation that the API has', async () => {
    const operations = operationsOf(await openApi()).map(({ name }) => name);
    expect(operations.sort()).toEqual(Object.keys(MAY).sort());
  });

  it.each(Object.entries(MAY))('%s', async (operation, allowed) => {
    const [method, template] = operation.split(' ') as ['GET' | 'POST', string];
    const path = filled(template);
    const ask = (token?: string) =>
      method === 'GET' ? api.get(path, { token }) : api.post(path, { token, body: {} });

    const anonymous = await ask();
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers['www-authenticate']).toBe('Bearer');

    const refused: Role[] = [];
    for (const role of ROLES) {
      const { status } = await ask(await api.token('somebody', [role]));
      expect(status).not.toBe(401);
      if (status === 403) refused.push(role);
    }
    // An admin stands in for whoever works for the house, and neither bids nor sells.
    const admits = (role: Role) =>
      role === 'admin'
        ? allowed.includes('operator') || allowed.includes('finance')
        : allowed.includes(role);
    expect(refused).toEqual(ROLES.filter((role) => !admits(role)));
  });

  it('is nobody with a token that is expired, a stranger’s, or meant for another', async () => {
    const ask = async (but: Parameters<TestApi['token']>[2]) =>
      api.get('/v1/auctions', { token: await api.token('anna', ['bidder'], but) });

    const expired = await ask({ expiresAt: new Date(Date.now() - 60_000) });
    expect(expired).toMatchObject({
      status: 401,
      json: { code: 'unauthorized', detail: 'The token has expired: get a new one.' },
    });
    expect(await ask({ signedByAStranger: true })).toMatchObject({ status: 401 });
    expect(await ask({ audience: 'another' })).toMatchObject({ status: 401 });
    expect(await ask({ issuer: 'https://another.invalid' })).toMatchObject({ status: 401 });
    expect(await api.get('/v1/auctions', { token: 'nonsense' })).toMatchObject({ status: 401 });
  });
});

describe('what is nobody else’s business', () => {
  it('stays hidden: another’s maximum, the reserve, the leader', async () => {
    const auctionId = await rows.auction({ sellerId: 'sara', reserve: 99_099 });
    await placeBid(auctionId, tokens.bruno, 5_000);
    await placeBid(auctionId, tokens.anna, 77_077);
    const read = async (token: string) => ({
      auction: await api.get(`/v1/auctions/${auctionId}`, { token }),
      log: await api.get(`/v1/auctions/${auctionId}/bids`, { token }),
      list: await api.get('/v1/auctions', { token }),
    });

    const bruno = await read(tokens.bruno);
    for (const { text } of Object.values(bruno)) {
      expect(text).not.toMatch(/77077|99099|anna|reserveMinor|leaderId/);
    }
    expect(bruno.auction.json).toMatchObject({ leading: false, reserveMet: false });
    expect(bruno.log.json.items).toMatchObject([
      { bidder: 'bruno', maximumMinor: 5_000 },
      { bidder: 'bidder 2' },
    ]);

    const anna = await read(tokens.anna);
    expect(anna.auction.json).toMatchObject({ leading: true });
    expect(anna.log.json.items[1]).toMatchObject({ bidder: 'anna', maximumMinor: 77_077 });
    expect(anna.log.text).not.toContain('bruno');

    const sara = await read(tokens.sara);
    expect(sara.auction.json).toMatchObject({ reserveMinor: 99_099 });
    expect(sara.auction.text + sara.log.text).not.toMatch(/77077|anna|bruno/);

    const operator = await read(tokens.operator);
    expect(operator.auction.json).toMatchObject({ leaderId: 'anna', reserveMinor: 99_099 });
    expect(operator.log.json.items[1]).toMatchObject({ bidder: 'anna', maximumMinor: 77_077 });
  });

  it('does not exist for others: offers, payments, disbursements, notices', async () => {
    const auctionId = await rows.auction({ sellerId: 'sara' });
    const offerId = await rows.offer(auctionId, { bidderId: 'anna' });
    const paymentId = await rows.payment(offerId);
    const disbursementId = await rows.disbursement(paymentId);
    await test.pool.query(
      `INSERT INTO notice (recipient_id, kind, subject_id, text) VALUES ('anna', 'payment_due', $1, 'Pay.')`,
      [paymentId],
    );
    const status = async (path: string, token: string) => (await api.get(path, { token })).status;

    expect(await status(`/v1/offers/${offerId}`, tokens.anna)).toBe(200);
    expect(await status(`/v1/offers/${offerId}`, tokens.bruno)).toBe(404);
    expect(await status(`/v1/payments/${paymentId}`, tokens.anna)).toBe(200);
    expect(await status(`/v1/payments/${paymentId}`, tokens.sara)).toBe(200);
    expect(await status(`/v1/payments/${paymentId}`, tokens.bruno)).toBe(404);
    expect(await status(`/v1/payments/${paymentId}/refunds`, tokens.bruno)).toBe(404);
    expect(await status(`/v1/disbursements/${disbursementId}`, tokens.sara)).toBe(200);
    const another = await api.token('simon', ['seller']);
    expect(await status(`/v1/disbursements/${disbursementId}`, another)).toBe(404);

    for (const path of ['/v1/offers', '/v1/payments', '/v1/notices']) {
      expect((await api.get(path, { token: tokens.bruno })).json.items).toEqual([]);
      expect((await api.get(path, { token: tokens.anna })).json.items).toHaveLength(1);
    }
    const accepted = await api.post(`/v1/offers/${offerId}/accept`, { token: tokens.bruno });
    expect(accepted.status).toBe(404);
  });

  it('stays hidden: the payout by which the house refunds, and what the seller’s account lacks', async () => {
    const paymentId = await rows.payment(
      await rows.offer(await rows.auction({ sellerId: 'sara' }), { bidderId: 'anna' }),
    );
    await test.pool.query(
      `UPDATE refund SET way = 'payout', payout_batch_id = 'BATCH1', failure_reason = 'broke' WHERE id = $1`,
      [await rows.refund(paymentId)],
    );
    const read = async (token: string) =>
      (await api.get(`/v1/payments/${paymentId}/refunds`, { token })).json.items;
    expect(await read(tokens.operator)).toMatchObject([
      { payoutBatchId: 'BATCH1', failureReason: 'broke' },
    ]);
    const [annas] = await read(tokens.anna);
    expect(annas).not.toHaveProperty('payoutBatchId');
    expect(annas).not.toHaveProperty('failureReason');
    const [saras] = await read(tokens.sara);
    expect(saras).toMatchObject({ failureReason: 'broke' });
    expect(saras).not.toHaveProperty('payoutBatchId');
  });

  it('cannot be done for somebody else: auctions of another seller', async () => {
    await rows.seller('sara');
    await rows.seller('simon');
    const body = { ...AUCTION, sellerId: 'simon' };
    expect(await api.post('/v1/auctions', { token: tokens.sara, body })).toMatchObject({
      status: 403,
    });
    const drafted = await api.post('/v1/auctions', { token: tokens.operator, body });
    const publish = `/v1/auctions/${drafted.json.id}/publish`;
    expect(await api.post(publish, { token: tokens.sara })).toMatchObject({ status: 403 });
    expect(await api.post(publish, { token: tokens.operator })).toMatchObject({
      status: 200,
      json: { state: 'scheduled' },
    });
  });
});

describe('a policy for trying out', () => {
  it('is there from the start, has minutes instead of days, and is named to who asks for another', async () => {
    const { json } = await api.get('/v1/policies/quick', { token: tokens.operator });
    expect(json.items[0]!.document).toMatchObject({ paymentWindow: 'PT10M', inspection: 'PT10S' });
    await rows.seller('sara');
    const body = { ...AUCTION, policy: 'swift' };
    const refused = await api.post('/v1/auctions', { token: tokens.operator, body });
    expect(refused).toMatchObject({ status: 422, json: { code: 'unknown_policy' } });
    expect(refused.json.detail).toContain('"quick"');
    const quick = { ...AUCTION, policy: 'quick' };
    const drafted = await api.post('/v1/auctions', { token: tokens.operator, body: quick });
    expect(drafted.status, drafted.text).toBe(200);
  });
});

describe('a repeated command', () => {
  it('gets the first answer, and has one effect', async () => {
    await rows.seller('sara');
    const asking = { token: tokens.sara, body: { ...AUCTION, sellerId: 'sara' }, key: 'draft-1' };
    const first = await api.post('/v1/auctions', asking);
    const again = await api.post('/v1/auctions', asking);
    expect(first.status).toBe(200);
    expect(again).toMatchObject({ status: 200, json: first.json });
    const { rows: found } = await test.pool.query('SELECT 1 FROM auction WHERE id = $1', [
      first.json.id,
    ]);
    expect(found).toHaveLength(1);
  });

  it('that gives a refund up which PayPal does not pay frees its amount for another', async () => {
    const { paymentId } = await capturedPayment();
    const path = `/v1/payments/${paymentId}/refunds`;
    const token = tokens.operator;
    const body = { reason: 'a scratch' };
    const { json: first } = await api.post(path, { token, body });
    await test.pool.query(
      `UPDATE refund SET way = 'payout', payout_asked_at = now() - interval '31 days' WHERE id = $1`,
      [first.id],
    );
    await rows.force('refund', first.id, 'unknown');
    expect(await api.post(path, { token, body })).toMatchObject({ status: 422 });

    const asking = { token, body: { reason: 'not at PayPal' }, key: `give-up-${paymentId}` };
    const given = await api.post(`${path}/${first.id}/give-up`, asking);
    expect(given).toMatchObject({
      status: 200,
      json: { id: first.id, state: 'failed', failureReason: 'not at PayPal' },
    });
    expect(await api.post(`${path}/${first.id}/give-up`, asking)).toMatchObject({
      status: 200,
      json: given.json,
    });
    const audit = await api.get(`/v1/audit?subjectId=${first.id}`, { token });
    expect(audit.text).toContain('giveUp');
    expect(await api.post(path, { token, body })).toMatchObject({ status: 200 });
  });

  it('has one effect when ten come at once', async () => {
    const { paymentId } = await capturedPayment();
    const refund = () =>
      api.post(`/v1/payments/${paymentId}/refunds`, {
        token: tokens.operator,
        body: { amountMinor: 1_000, reason: 'a scratch' },
        key: `refund-${paymentId}`,
      });

    const answers = await Promise.all(Array.from({ length: 10 }, refund));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    expect(await count('refund', 'payment_id', paymentId)).toBe(1);
    expect(await count('outbox', 'workflow_id', `refund:${answers[0]!.json.id}`)).toBe(1);
  });

  it('of a bid counts once, also when ten come at once', async () => {
    const auctionId = await rows.auction();
    const bid = () => placeBid(auctionId, tokens.anna, 5_000, `bid-${auctionId}`);
    const answers = await Promise.all(Array.from({ length: 10 }, bid));
    for (const { json } of answers) expect(json).toEqual(answers[0]!.json);
    expect(await count('bid', 'auction_id', auctionId)).toBe(1);
  });

  it.each(['seller', 'bid'])('with another body under its key is refused: a %s', async (what) => {
    const auctionId = await rows.auction();
    const ask = (variant: number) =>
      what === 'bid'
        ? placeBid(auctionId, tokens.anna, 5_000 + variant, 'reused')
        : api.post('/v1/sellers', {
            token: tokens.operator,
            body: { id: 'sven', name: `Sven ${variant}`, paypalMerchantId: 'MERCHANT2' },
            key: 'reused',
          });
    expect((await ask(1)).status).toBe(200);
    expect(await ask(2)).toMatchObject({ status: 422, json: { code: 'idempotency_key_reused' } });
    expect((await ask(1)).status).toBe(200);
  });

  it('may follow a refused one under the same key: what had no effect takes no key', async () => {
    const asking = { token: tokens.sara, body: { ...AUCTION, sellerId: 'sofia' }, key: 'early' };
    const sofia = await api.token('sofia', ['seller']);
    expect(await api.post('/v1/auctions', { ...asking, token: sofia })).toMatchObject({
      status: 422,
      json: { code: 'unknown_seller' },
    });
    await rows.seller('sofia');
    expect((await api.post('/v1/auctions', { ...asking, token: sofia })).status).toBe(200);
  });

  it.each([
    ['is missing', false],
    ['has a space', 'two words'],
    ['is longer than 200 characters', 'k'.repeat(201)],
  ] as const)('is not taken when its key %s', async (_, key) => {
    const auctionId = await rows.auction();
    const answers = [
      await api.post(`/v1/auctions/${auctionId}/pause`, {
        token: tokens.operator,
        body: { reason: 'a power cut' },
        key,
      }),
      await api.post(`/v1/auctions/${auctionId}/bids`, {
        token: tokens.anna,
        body: { maximumMinor: 5_000 },
        key,
      }),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 400, json: { code: 'idempotency_key_required' } });
    }
  });
});

describe('a request that is not right', () => {
  it('is told which fields are wrong, all at once', async () => {
    const body = { ...AUCTION, startPriceMinor: 19.99, closesAt: 'tomorrow', title: '' };
    const { status, json } = await api.post<{ faults: { field: string; message: string }[] }>(
      '/v1/auctions',
      { token: tokens.operator, body },
    );
    expect(status).toBe(400);
    expect(json.faults.map(({ field }) => field).sort()).toEqual([
      'closesAt',
      'startPriceMinor',
      'title',
    ]);
    expect(json).toMatchObject({ code: 'invalid_request' });
  });

  it.each([
    ['an amount as text', { maximumMinor: '5000' }],
    ['an amount of nothing', { maximumMinor: 0 }],
    ['an amount past the largest', { maximumMinor: 100_000_000_001 }],
    ['no amount', {}],
  ])('is told about %s', async (_, body) => {
    const auctionId = await rows.auction();
    const answer = await api.post(`/v1/auctions/${auctionId}/bids`, { token: tokens.anna, body });
    expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
    expect(answer.json.detail).toMatch(/^maximumMinor: /);
  });

  it('finds what an id in capital letters means', async () => {
    const auctionId = await rows.auction();
    const answer = await placeBid(auctionId.toUpperCase(), tokens.anna, 5_000);
    expect(answer).toMatchObject({ status: 200, json: { leading: true } });
  });

  it('is told the least bid that would have been accepted', async () => {
    const auctionId = await rows.auction({ startPrice: 1_000 });
    expect(await placeBid(auctionId, tokens.anna, 999)).toMatchObject({
      status: 422,
      json: { code: 'bid_below_start', minimumBid: 1_000 },
    });
  });

  it.each([
    ['an auction that there is not', 'GET', `/v1/auctions/${NOBODY}`, undefined, 404, 'not_found'],
    ['a bid on none', 'POST', `/v1/auctions/${NOBODY}/bids`, { maximumMinor: 1 }, 404, 'not_found'],
    ['the log of none', 'GET', `/v1/auctions/${NOBODY}/bids`, undefined, 404, 'not_found'],
    ['an id that is none', 'GET', '/v1/auctions/7', undefined, 400, 'invalid_request'],
    ['a page of too many', 'GET', '/v1/auctions?limit=201', undefined, 400, 'invalid_request'],
    ['a route that there is not', 'GET', '/v1/auctioneers', undefined, 404, 'no_such_route'],
    ['no JSON', 'POST', `/v1/auctions/${NOBODY}/bids`, '{"maximumMinor":', 400, 'invalid_request'],
    ['too much', 'POST', `/v1/auctions/${NOBODY}/bids`, tooMuch, 413, 'body_too_large'],
    ['a URL that is none', 'GET', '/v1/auctions/%zz', undefined, 400, 'invalid_url'],
    ['too long an id', 'GET', `/v1/auctions/${'7'.repeat(500)}`, undefined, 414, 'invalid_url'],
  ] as const)('is answered as a problem: %s', async (_, method, path, body, status, code) => {
    const asking = { token: tokens.anna, body };
    const answer = await (method === 'GET' ? api.get(path, asking) : api.post(path, asking));
    expect(answer.status).toBe(status);
    expectProblem(answer);
    expect(answer.json.code).toBe(code);
  });

  it('is answered as a problem with the correlation id also without a token', async () => {
    expectProblem(await api.get('/v1/auctions'));
    expectProblem(await api.get('/v1/audit', { token: tokens.anna }));
  });

  it('says in which state the subject is, when that is why', async () => {
    const auctionId = await rows.auction({ state: 'closed' });
    const answer = await api.post(`/v1/auctions/${auctionId}/pause`, {
      token: tokens.operator,
      body: { reason: 'too late' },
    });
    expect(answer).toMatchObject({
      status: 409,
      json: {
        code: 'state_conflict',
        state: 'closed',
        detail: 'an auction that is closed cannot pause.',
      },
    });
  });

  it('cannot give up a refund that PayPal may have paid, nor one that is PayPal’s own', async () => {
    const { paymentId } = await capturedPayment();
    const giveUp = (refundId: string) =>
      api.post(`/v1/payments/${paymentId}/refunds/${refundId}/give-up`, {
        token: tokens.finance,
        body: { reason: 'not at PayPal' },
      });
    const paying = async (set: string, state: 'paying' | 'unknown' = 'paying') => {
      const refundId = await rows.refund(paymentId);
      await test.pool.query(`UPDATE refund SET ${set} WHERE id = $1`, [refundId]);
      await rows.force('refund', refundId, state);
      return refundId;
    };
    const refused = { status: 409, json: { code: 'state_conflict' } };

    const taken = await paying(`way = 'payout', payout_asked_at = now(), payout_batch_id = 'B1'`);
    expect(await giveUp(taken)).toMatchObject(refused);
    const asked = `way = 'payout', payout_asked_at = now() - interval '29 days'`;
    expect(await giveUp(await paying(asked, 'unknown'))).toMatchObject(refused);
    const atPayPal = `way = 'refund', paypal_refund_id = 'R1'`;
    expect(await giveUp(await paying(atPayPal, 'unknown'))).toMatchObject(refused);
    const another = await capturedPayment();
    expect(await giveUp(await rows.refund(another.paymentId))).toMatchObject({ status: 404 });
  });

  it('cannot give back more than was paid, be it at once or in parts', async () => {
    const { paymentId } = await capturedPayment();
    const refund = (amountMinor: number) =>
      api.post(`/v1/payments/${paymentId}/refunds`, {
        token: tokens.finance,
        body: { amountMinor, reason: 'a scratch' },
      });
    expect(await refund(115_001)).toMatchObject({
      status: 422,
      json: { code: 'refund_too_large' },
    });
    const parts = await Promise.all([refund(60_000), refund(60_000)]);
    expect(parts.map(({ status }) => status).sort()).toEqual([200, 422]);
  });
});

describe('a request’s trace', () => {
  it('arrives in the audit log and in what workflows are told', async () => {
    const auctionId = await rows.auction();
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const paused = await api.post(`/v1/auctions/${auctionId}/pause`, {
      token: tokens.operator,
      body: { reason: 'a power cut' },
      headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    });
    expect(paused.headers['x-correlation-id']).toBe(trace);

    const audit = await api.get(`/v1/audit?correlationId=${trace}`, { token: tokens.finance });
    expect(audit.json.items).toEqual([
      expect.objectContaining({
        subjectKind: 'auction',
        subjectId: auctionId,
        event: 'pause',
        from: 'open',
        to: 'paused',
        actorKind: 'operator',
        actorId: 'otto',
        reason: 'a power cut',
      }),
    ]);
    const { rows: told } = await test.pool.query(
      'SELECT correlation_id FROM outbox WHERE workflow_id = $1',
      [`auction:${auctionId}`],
    );
    expect(told).toEqual([{ correlation_id: trace }]);
  });

  it('is made up where none is given, or a wrong one', async () => {
    for (const traceparent of ['nonsense', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`]) {
      const { headers } = await api.get('/healthz', { headers: { traceparent } });
      expect(headers['x-correlation-id']).toMatch(/^(?!0{32})[\da-f]{32}$/);
    }
  });
});

describe('the correction of an ERP document', () => {
  it('is for whoever has read it as it is: the second of two is told, and overwrites nothing', async () => {
    const id = await rows.erpDocument(await rows.auction(), 'rejected');
    const path = `/v1/erp-documents/${id}`;
    const read = await api.get<{ body: { lines: { account: string }[] } }>(path, {
      token: tokens.finance,
    });
    const etag = String(read.headers.etag);
    const lines = read.json.body.lines.map((line) => ({ ...line, account: '4001' }));
    const correct = (ifMatch?: string) =>
      api.post(`${path}/correct`, {
        token: tokens.finance,
        body: { body: { ...read.json.body, lines }, reason: 'wrong account' },
        headers: ifMatch ? { 'if-match': ifMatch } : {},
      });

    expect(await correct()).toMatchObject({ status: 428, json: { code: 'if_match_required' } });
    expect(await correct('"7"')).toMatchObject({
      status: 412,
      json: { code: 'changed_meanwhile' },
    });
    const both = await Promise.all([correct(etag), correct(etag)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);

    const after = await api.get(path, { token: tokens.finance });
    expect(after.json).toMatchObject({ state: 'pending', revision: 2, rejection: null });
    expect(after.headers.etag).not.toBe(etag);
  });

  it('must balance', async () => {
    const id = await rows.erpDocument(await rows.auction(), 'rejected');
    const { json } = await api.get<{ body: object }>(`/v1/erp-documents/${id}`, {
      token: tokens.finance,
    });
    const answer = await api.post(`/v1/erp-documents/${id}/correct`, {
      token: tokens.finance,
      body: { body: { ...json.body, totalMinor: 1 }, reason: 'a slip' },
      headers: { 'if-match': '"1"' },
    });
    expect(answer).toMatchObject({
      status: 400,
      json: { detail: 'body.totalMinor: the lines do not add up to the total.' },
    });
  });
});

describe('a webhook', () => {
  const callback = JSON.stringify({
    eventId: 'erp-event-1',
    documentId: NOBODY,
    revision: 1,
    reference: 'ERP-1',
    outcome: 'acknowledged',
  });

  it('of the ERP that is forged, changed on the way or old is refused and not kept', async () => {
    const deliver = (body: string, headers: Record<string, string>) =>
      api.post('/v1/webhooks/erp', { body, headers, key: false });
    const old = new Date(Date.now() - 600_000);
    const answers = [
      await deliver(callback, {}),
      await deliver(callback, {
        ...api.signedByErp(callback),
        'x-gavel-signature': 'f'.repeat(64),
      }),
      await deliver(callback.replace('acknowledged', 'rejected'), api.signedByErp(callback)),
      await deliver(callback, api.signedByErp(callback, old)),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 401, json: { code: 'signature_refused' } });
      expectProblem(answer);
    }
    expect(await count('inbox', 'event_id', 'erp-event-1')).toBe(0);
  });

  it('of the ERP that is genuine is kept once, however often it is delivered', async () => {
    const deliver = () =>
      api.post('/v1/webhooks/erp', {
        body: callback,
        headers: api.signedByErp(callback),
        key: false,
      });
    const answers = await Promise.all([deliver(), deliver(), deliver()]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { rows: kept } = await test.pool.query(
      `SELECT provider, event_type, state, deliveries FROM inbox WHERE event_id = 'erp-event-1'`,
    );
    expect(kept).toEqual([
      { provider: 'erp', event_type: 'acknowledged', state: 'waiting', deliveries: 3 },
    ]);
  });

  it('of PayPal is kept when genuine, refused when forged, asked for again when that is unclear', async () => {
    const deliver = (verdict: string) =>
      api.post('/v1/webhooks/paypal', {
        body: { id: `WH-${verdict}`, event_type: 'CHECKOUT.ORDER.APPROVED', resource: {} },
        headers: { 'x-verdict': verdict },
        key: false,
      });
    expect((await deliver('genuine')).status).toBe(200);
    expect((await deliver('genuine')).status).toBe(200);
    expect(await deliver('forged')).toMatchObject({ status: 401 });
    expect(await deliver('unreachable')).toMatchObject({
      status: 503,
      json: { code: 'certificate_unavailable' },
    });
    const { rows: kept } = await test.pool.query(
      `SELECT event_id, deliveries FROM inbox WHERE provider = 'paypal'`,
    );
    expect(kept).toEqual([{ event_id: 'WH-genuine', deliveries: 2 }]);
  });
});

describe('a list', () => {
  it('is read page by page: everything once, newest first', async () => {
    const sellerId = 'sigrid';
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.push(await rows.auction({ sellerId }));

    const read: string[] = [];
    let after: string | null = '';
    while (after !== null) {
      const page: { json: AnyBody } = await api.get(
        `/v1/auctions?sellerId=${sellerId}&limit=2${after && `&after=${after}`}`,
        { token: tokens.anna },
      );
      read.push(...page.json.items.map(({ id }) => id));
      after = page.json.next;
    }

    expect(read).toEqual(made.reverse());
  });
});

describe('the description of the API', () => {
  it('is OpenAPI 3.1: every operation has a name and an answer, every reference leads somewhere', async () => {
    const document = await openApi();
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.info).toMatchObject({ title: 'Gavel', version: expect.any(String) });

    const operations = operationsOf(document);
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, operation } of operations) {
      expect(Object.keys(operation.responses), name).toContain('200');
      expect(operation.responses['200']?.content, name).toBeDefined();
      expect(operation.security, name).toEqual([{ bearer: [] }]);
      const inPath = operation.parameters?.filter((each) => each.in === 'path') ?? [];
      const inTemplate = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      expect(inPath.map((each) => each.name).sort(), name).toEqual(inTemplate.sort());
      if (name.startsWith('POST')) {
        expect(
          operation.parameters?.map((each) => each.name),
          name,
        ).toContain('Idempotency-Key');
      }
    }
    for (const [, name] of JSON.stringify(document).matchAll(
      /"#\/components\/schemas\/([^"]+)"/g,
    )) {
      expect(Object.keys(document.components.schemas)).toContain(name);
    }
  });

  it('has schemas that are JSON Schema, and answers are as they say', async () => {
    const auctionId = await rows.auction({ sellerId: 'sara', reserve: 10_000 });
    await placeBid(auctionId, tokens.anna, 5_000);
    const { paymentId, offerId } = await capturedPayment();
    const documentId = await rows.erpDocument(auctionId, 'rejected');
    const answerSchema = await answerSchemas();
    const paths = {
      '/v1/auctions': '/v1/auctions',
      '/v1/auctions/{id}': `/v1/auctions/${auctionId}`,
      '/v1/auctions/{auctionId}/bids': `/v1/auctions/${auctionId}/bids`,
      '/v1/offers/{id}': `/v1/offers/${offerId}`,
      '/v1/payments': '/v1/payments',
      '/v1/payments/{id}': `/v1/payments/${paymentId}`,
      '/v1/disbursements': '/v1/disbursements',
      '/v1/erp-documents/{id}': `/v1/erp-documents/${documentId}`,
      '/v1/reports': '/v1/reports',
      '/v1/ledger/balances': '/v1/ledger/balances',
      '/v1/audit': '/v1/audit?limit=500',
      '/v1/policies': '/v1/policies',
      '/v1/messages/{box}': '/v1/messages/outbox?state=waiting',
    };
    for (const [template, path] of Object.entries(paths)) {
      for (const token of [tokens.operator, tokens.sara, tokens.anna]) {
        const answer = await api.get(path, { token });
        if (answer.status === 403 || answer.status === 404) continue;
        expect(answer.status).toBe(200);
        const conforms = answerSchema(`GET ${template}`);
        expect(conforms(answer.json), `${template}: ${JSON.stringify(conforms.errors)}`).toBe(true);
      }
    }
  });

  it('can be read by people', async () => {
    const docs = await api.get('/docs');
    expect(docs.status).toBe(200);
    expect(docs.text).toContain('Gavel API');
  });
});

describe('whoever watches over it', () => {
  it('learns that it lives, that it is ready, and how many messages are dead', async () => {
    expect(await api.get('/healthz')).toMatchObject({ status: 200, json: { status: 'alive' } });
    await test.pool.query(
      `INSERT INTO outbox (workflow_id, message, state) VALUES ('auction:x', '{}', 'dead')`,
    );
    expect(await api.get('/readyz')).toMatchObject({
      status: 200,
      json: { status: 'ready', deadMessages: 1 },
    });
  });

  it('reads the duration of requests and the number of messages', async () => {
    await api.get(`/v1/auctions/${NOBODY}`, { token: tokens.anna });
    const { status, text, headers } = await api.get('/metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/plain/);
    expect(text).toMatch(
      /gavel_http_request_seconds_count\{method="GET",route="\/v1\/auctions\/:id",status="404"\} [1-9]/,
    );
    expect(text).toMatch(/gavel_messages\{box="inbox",state="waiting"\} \d+/);
  });
});

const AUCTION = {
  sellerId: 'sara',
  title: 'Chronograph, 1968',
  commodityCode: '9102',
  currency: 'EUR',
  startPriceMinor: 10_000,
  closesAt: new Date(Date.now() + 7 * 24 * 3_600_000).toISOString(),
};

function placeBid(auctionId: string, token: string, maximumMinor: number, key?: string) {
  return api.post(`/v1/auctions/${auctionId}/bids`, { token, body: { maximumMinor }, key });
}

async function capturedPayment(): Promise<{ paymentId: string; offerId: string }> {
  const auctionId = await rows.auction({ state: 'awarded' });
  const offerId = await rows.offer(auctionId, { bidderId: 'berta', state: 'paid' });
  const captureId = `capture-of-${offerId}`;
  const paymentId = await rows.payment(offerId, { state: 'captured', captureId });
  await rows.disbursement(paymentId);
  return { paymentId, offerId };
}

async function count(table: string, column: string, value: string): Promise<number> {
  const { rows: found } = await test.pool.query<{ count: number }>(
    `SELECT count(*) FROM ${table} WHERE ${column} = $1`,
    [value],
  );
  return found[0]!.count;
}

function expectProblem({
  status,
  headers,
  json,
}: {
  status: number;
  headers: Readonly<Record<string, unknown>>;
  json: AnyBody;
}): void {
  expect(headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(json).toMatchObject({
    status,
    type: `urn:gavel:problem:${json.code}`,
    title: expect.any(String),
    detail: expect.stringMatching(/\S/),
    correlationId: headers['x-correlation-id'],
  });
  expect(json.code).toMatch(/^[a-z][a-z_]+$/);
}

const openApi = async () => (await api.get<OpenApi>('/openapi.json')).json;

/** Compiles all schemas of the document, and finds the one of an operation's answer. */
async function answerSchemas(): Promise<(operation: string) => ValidateFunction> {
  const document = await openApi();
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'openapi.json', ...document });
  for (const name of Object.keys(document.components.schemas)) {
    ajv.compile({ $ref: `openapi.json#/components/schemas/${name}` });
  }
  const operations = new Map(operationsOf(document).map((each) => [each.name, each.operation]));
  return (name) => {
    const { schema } = operations.get(name)!.responses['200']!.content!['application/json']!;
    const text = JSON.stringify(schema).replaceAll('"#/', '"openapi.json#/');
    return ajv.compile(JSON.parse(text) as object);
  };
}

/** A path with something for each of its parameters. */
const filled = (template: string) =>
  template
    .replace('{box}/{id}', 'outbox/1')
    .replace('{box}', 'outbox')
    .replace('{name}', 'standard')
    .replace(/\{\w+\}/g, NOBODY);
