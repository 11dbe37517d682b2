import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { biddingTerms, STANDARD_POLICIES } from '../../src/domain/policy/policy.ts';
import { Auction, BidEntry } from '../../src/database/entities/index.ts';
import { verifyLog } from '../../src/services/bidding/verify-log.ts';
import { startApi, type AnyBody, type Answer, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { inDays } from '../support/moments.ts';
import { Rows } from '../support/rows.ts';

let test: TestDatabase;
let rows: Rows;
let api: TestApi;
let operator: string;
let anna: string;

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  api = await startApi(test);
  operator = await api.token('otto', ['operator']);
  anna = await api.token('anna', ['bidder']);
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

const HALF = '\ud83d';

describe('an ill-formed text', () => {
  it.each([
    ['half of a surrogate pair', `a${HALF}b`],
    ['a NUL', 'a\0b'],
    ['an escape sequence', 'a\x1b[2Jb'],
  ])('is refused by its field wherever it comes in: %s', async (_, text) => {
    const auctionId = await rows.auction();
    const ask = (path: string, body: unknown) => api.post(path, { token: operator, body });
    const asked: [string, Answer<AnyBody>][] = [
      ['reason', await ask(`/v1/auctions/${auctionId}/pause`, { reason: text })],
      [
        'bidderId',
        await ask(`/v1/auctions/${auctionId}/absentee-bids`, {
          bidderId: text,
          maximumMinor: 5_000,
        }),
      ],
      [
        'bidderId',
        await ask(`/v1/auctions/${auctionId}/retractions`, { bidderId: text, reason: 'a slip' }),
      ],
      [
        'associates.1',
        await ask('/v1/sellers', {
          id: 'sven',
          name: 'Sven',
          paypalMerchantId: 'MERCHANT2',
          associates: ['x', text],
        }),
      ],
      [
        'parameters.first_day',
        await ask('/v1/reports/sales/runs', { parameters: { first_day: text } }),
      ],
      [`parameters.${text}`, await ask('/v1/reports/sales/runs', { parameters: { [text]: '1' } })],
    ];
    for (const [field, { status, json }] of asked) {
      expect([field, status]).toEqual([field, 400]);
      expect(json).toMatchObject({ code: 'invalid_request', faults: [{ field }] });
    }
  });

  it('is refused in a path and a query, where it is percent-encoded', async () => {
    for (const path of [
      '/v1/bidders/a%00b',
      '/v1/auctions?sellerId=a%00b',
      '/v1/audit?actorId=%00',
    ]) {
      expect(await api.get(path, { token: operator })).toMatchObject({ status: 400 });
    }
    expect(await api.get('/v1/bidders/%ED%A0%BD', { token: operator })).toMatchObject({
      status: 400,
      json: { code: 'invalid_url' },
    });
  });

  it('is refused when its bytes are not UTF-8, of which a decoder would make another text', async () => {
    const { statusCode, body } = await api.app.inject({
      method: 'POST',
      url: `/v1/auctions/${await rows.auction()}/pause`,
      headers: {
        authorization: `Bearer ${operator}`,
        'idempotency-key': 'bytes',
        'content-type': 'application/json',
      },
      payload: Buffer.from('{"reason":"caf\xe9"}', 'latin1'),
    });
    expect([statusCode, body]).toEqual([400, expect.stringContaining('not UTF-8')]);
  });

  it('is no bidder, so what is hashed is what is stored', async () => {
    const auctionId = await rows.auction({ startPrice: 1_000 });
    const halved = await api.token(`anna${HALF}`, ['bidder']);
    const bid = (token: string, maximumMinor: number) =>
      api.post(`/v1/auctions/${auctionId}/bids`, { token, body: { maximumMinor } });
    expect(await bid(halved, 5_000)).toMatchObject({ status: 401 });

    // As far from ASCII as a text can be.
    const ids = ['Ænna ☃', '😀', '\u{FFFD}\u{FFFF}', 'a\u0301', '\u{10FFFF}', '"\\\u2028'];
    for (const [i, id] of ids.entries()) {
      const answer = await bid(await api.token(id, ['bidder']), 5_000 * (i + 1));
      expect(answer).toMatchObject({ status: 200 });
    }
    const { manager } = test.database;
    const auction = await manager.findOneByOrFail(Auction, { id: auctionId });
    const log = await manager.find(BidEntry, { where: { auctionId }, order: { sequence: 'ASC' } });
    expect(log.map(({ bidderId }) => bidderId)).toEqual(ids);
    const terms = biddingTerms(STANDARD_POLICIES.standard!, { startPrice: 1_000, reserve: null });
    expect(verifyLog(auction, terms, log)).toEqual([]);
  });
});

describe('a misspelt field', () => {
  const auction = {
    sellerId: 'seller',
    title: 'Chronograph',
    commodityCode: '9102',
    currency: 'EUR',
    startPriceMinor: 10_000,
    closesAt: inDays(30),
  };

  it('does not sell a piece without its reserve: the nearest name is told', async () => {
    await rows.seller();
    const body = { ...auction, reservePriceMinor: 50_000 };
    const answer = await api.post('/v1/auctions', { token: operator, body });
    expect(answer).toMatchObject({
      status: 400,
      json: { detail: 'reservePriceMinor: is not known here: did you mean reserveMinor?' },
    });
  });

  it('is no parameter of a report', async () => {
    const parameters = { first_day: '2026-11-01', last_dya: '2026-11-30' };
    const answer = await api.post('/v1/reports/sales/runs', {
      token: operator,
      body: { parameters },
    });
    expect(answer).toMatchObject({
      status: 400,
      json: {
        code: 'invalid_request',
        detail: 'parameters.last_dya: is not known here: did you mean last_day?',
      },
    });
  });

  it('is refused on a bid, where Fastify calls the handler itself', async () => {
    const answer = await api.post(`/v1/auctions/${await rows.auction()}/bids`, {
      token: anna,
      body: { maximumMinor: 5_000, currency: 'USD' },
    });
    expect(answer).toMatchObject({ status: 400, json: { faults: [{ field: 'currency' }] } });
  });

  it('is refused in a policy at every depth, while one that is kept stays readable', async () => {
    const standard = STANDARD_POLICIES.standard!;
    const write = (document: object) =>
      api.post('/v1/policies/house', { token: operator, body: document });
    const softClose = { ...standard.softClose, maximumExtension: 3 };
    expect(await write({ ...standard, softclose: null })).toMatchObject({
      status: 400,
      json: { detail: expect.stringContaining('did you mean softClose?') },
    });
    expect(await write({ ...standard, softClose })).toMatchObject({
      status: 400,
      json: { faults: [{ field: 'softClose.maximumExtension' }] },
    });
    const increments = [{ from: 0, increment: 100, step: 1 }];
    expect(await write({ ...standard, increments })).toMatchObject({
      status: 400,
      json: { faults: [{ field: 'increments.0.step' }] },
    });

    await test.pool.query(
      `INSERT INTO policy (name, version, document, created_by) VALUES ('old', 1, $1, 'test')`,
      [JSON.stringify({ ...standard, ofAnOlderGavel: 1 })],
    );
    expect(await api.get('/v1/policies/old', { token: operator })).toMatchObject({ status: 200 });
  });

  it.each([
    ['a query', 'GET', '/v1/auctions?stat=open', 'stat'],
    ['a query where none is taken', 'GET', '/v1/policies?limit=5', 'limit'],
    ['a body where none is taken', 'POST', '/v1/auctions/{id}/publish', 'publishAt'],
  ] as const)('is refused in %s', async (_, method, path, field) => {
    const url = path.replace('{id}', await rows.auction());
    const body = { publishAt: '2026-12-01T00:00:00Z' };
    const answer =
      method === 'GET'
        ? await api.get(url, { token: operator })
        : await api.post(url, { token: operator, body });
    expect(answer).toMatchObject({ status: 400, json: { faults: [{ field }] } });
  });
});

it('a body that is nothing but depth is refused', async () => {
  const path = `/v1/auctions/${await rows.auction()}/pause`;
  for (const body of ['['.repeat(200_000), `${'['.repeat(100_000)}${']'.repeat(100_000)}`]) {
    expect(await api.post(path, { token: operator, body })).toMatchObject({ status: 400 });
  }
});

describe('a body that is left out', () => {
  it('is none, although its type is JSON', async () => {
    await rows.seller();
    const headers = { 'content-type': 'application/json' };
    const id = await rows.auction({ state: 'draft' });
    expect(
      await api.post(`/v1/auctions/${id}/publish`, { token: operator, headers }),
    ).toMatchObject({
      status: 200,
    });
  });

  it('lacks its fields, and they are named', async () => {
    const answer = await api.post(`/v1/auctions/${await rows.auction()}/resume`, {
      token: operator,
    });
    expect(answer).toMatchObject({ status: 400, json: { detail: 'reason: is missing.' } });
  });
});

it('a reason of nothing but blanks is none', async () => {
  const path = `/v1/auctions/${await rows.auction()}/pause`;
  for (const reason of [' ', '\t\n', '\u00a0\u3000']) {
    expect(await api.post(path, { token: operator, body: { reason } })).toMatchObject({
      status: 400,
      json: { detail: 'reason: must not be blank.' },
    });
  }
});

describe('a route that is asked by another method', () => {
  it.each([
    ['DELETE', '/v1/auctions', 'GET, HEAD, POST'],
    ['PUT', '/v1/auctions/{id}', 'GET, HEAD'],
    ['PATCH', '/v1/auctions/{id}/bids?after=1', 'GET, HEAD, POST'],
    ['GET', '/v1/auctions/{id}/publish', 'POST'],
    ['DELETE', '/v1/webhooks/erp', 'POST'],
    ['POST', '/healthz', 'GET, HEAD'],
  ] as const)('says which it has: %s %s', async (method, path, allow) => {
    const answer = await api.send(method, path.replace('{id}', await rows.auction()));
    expect(answer).toMatchObject({ status: 405, json: { code: 'method_not_allowed' } });
    expect(answer.headers.allow).toBe(allow);
  });

  it('is another thing than a route that there is not', async () => {
    expect(await api.send('DELETE', '/v1/auctioneers')).toMatchObject({ status: 404 });
  });
});

describe('a value out of range', () => {
  it.each([
    ['/v1/auctions/{id}/bids?after=2147483648', 'after'],
    ['/v1/auctions/{id}/bids?after=1e3', 'after'],
    ['/v1/audit?after=9007199254740992', 'after'],
    ['/v1/audit?limit=', 'limit'],
    ['/v1/ledger/accounts/house/statement?currency=EUR&from=0000-01-01T00:00:00Z', 'from'],
    ['/v1/ledger/accounts/house?at=9999-12-31T23:59:59Z', 'at'],
    ['/v1/ledger/transactions/0x10', 'id'],
    ['/v1/auctions/7', 'id'],
    ['/v1/auctions?limit=1&limit=2', 'limit'],
  ])('is refused by its field: %s', async (path, field) => {
    const answer = await api.get(path.replace('{id}', await rows.auction()), { token: operator });
    expect(answer).toMatchObject({ status: 400, json: { faults: [{ field }] } });
    expect(answer.json.detail).toMatch(new RegExp(`^${field}: `));
  });
});
