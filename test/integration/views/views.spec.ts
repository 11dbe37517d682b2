import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { LiveReader } from '../../support/live-reader.ts';
import { inDays } from '../../support/moments.ts';
import { ACTS, READS } from './fields.ts';
import { fieldsOf, oneOfEverything, VIEWERS, type Viewer } from './fixture.ts';

let test: TestDatabase;
let api: TestApi;
let ids: Record<string, string>;
const tokens = {} as Record<Viewer, string>;

beforeAll(async () => {
  test = await createTestDatabase();
  api = await startApi(test);
  await api.app.listen(0, '127.0.0.1');
  ids = await oneOfEverything(test, api);
  for (const [viewer, [id, role]] of Object.entries(VIEWERS)) {
    tokens[viewer as Viewer] = await api.token(id, [role]);
  }
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

const filled = (path: string) => path.replace(/<(\w+)>/g, (_, name: string) => ids[name]!);
const viewers = Object.keys(VIEWERS) as Viewer[];

describe('what each sees, field by field', () => {
  it.each(Object.entries(READS))('GET %s', async (path, sees) => {
    const seen: Partial<Record<Viewer, string>> = {};
    for (const viewer of viewers) {
      seen[viewer] = fieldsOf(await api.get(filled(path), { token: tokens[viewer] }));
    }
    expect(seen).toEqual(onOneLine(sees));
  });

  // In this order: each act finds what the one before has left.
  it.each(ACTS)('POST $path by $by', async ({ path, by, body, sees }) => {
    const { status, json, text } = await api.post(filled(path), { token: tokens[by], body });
    expect(fieldsOf({ status, json }), text).toBe(sees.trim().replace(/\s+/g, ' '));
  });

  it('is in the table for everything that can be read', async () => {
    const { json } = await api.get<{ paths: Record<string, object> }>('/openapi.json');
    const readable = Object.entries(json.paths)
      .filter(([path, methods]) => 'get' in methods && !/live$|content$/.test(path))
      .map(([path]) => path.replace(/\{\w+\}/g, '{}'));
    const tabled = Object.keys(READS).map((path) =>
      path.replace(/\?.*/, '').replace(/<\w+>/g, '{}').replace('wallet:bidder', '{}'),
    );
    const known = tabled.map((path) => PATTERNS[path] ?? path);
    expect(readable.filter((path) => !known.includes(path))).toEqual([]);
  });
});

/** Where a path has a name and not an id of the fixture. */
const PATTERNS: Readonly<Record<string, string>> = {
  '/v1/bidders/bidder': '/v1/bidders/{}',
  '/v1/sellers/seller': '/v1/sellers/{}',
  '/v1/policies/standard': '/v1/policies/{}',
  '/v1/wallets/bidder': '/v1/wallets/{}',
  '/v1/messages/outbox': '/v1/messages/{}',
  '/v1/sales/{}/bidders/bidder': '/v1/sales/{}/bidders/{}',
};

describe('a draft', () => {
  it('is for its seller and the house alone: it, its log, its streams, also once it is cancelled', async () => {
    const draft = await api.post('/v1/auctions', {
      token: tokens.seller,
      body: {
        sellerId: 'seller',
        title: 'Not yet shown',
        commodityCode: '9102',
        currency: 'EUR',
        startPriceMinor: 10_000,
        closesAt: inDays(30),
      },
    });
    const { id } = draft.json;
    const other = await api.token('another', ['seller']);
    const see = async (token: string) => {
      const lists = ['', `?state=draft`, '?sellerId=seller', '?state=cancelled'];
      const answers = await Promise.all(lists.map((q) => api.get(`/v1/auctions${q}`, { token })));
      return {
        itself: (await api.get(`/v1/auctions/${id}`, { token })).status,
        log: (await api.get(`/v1/auctions/${id}/bids`, { token })).status,
        listed: answers.some(({ text }) => text.includes(id)),
      };
    };
    for (const token of [tokens.bidder, other]) {
      expect(await see(token)).toEqual({ itself: 404, log: 404, listed: false });
      expect((await api.get(`/v1/auctions/${id}/live`, { token })).status).toBe(404);
      expect((await api.get(`/v1/live?auction=${id}`, { token })).status).toBe(404);
    }
    for (const token of [tokens.seller, tokens.operator]) {
      expect(await see(token)).toEqual({ itself: 200, log: 200, listed: true });
    }
    const body = { reason: 'withdrawn' };
    await api.post(`/v1/auctions/${id}/cancel`, { token: tokens.operator, body });
    for (const path of [`/v1/auctions/${id}/live`, `/v1/live?auction=${id}`]) {
      const stream = await api.send('HEAD', path, { token: tokens.bidder });
      expect([path, stream.status]).toEqual([path, 404]);
    }
    expect(await see(tokens.bidder)).toEqual({ itself: 404, log: 404, listed: false });
    expect(await see(tokens.seller)).toEqual({ itself: 200, log: 200, listed: true });
  });

  it('is seen by everybody once it is published', async () => {
    const draft = await api.post('/v1/auctions', {
      token: tokens.operator,
      body: {
        sellerId: 'seller',
        title: 'Shown',
        commodityCode: '9102',
        currency: 'EUR',
        startPriceMinor: 10_000,
        closesAt: inDays(30),
      },
    });
    await api.post(`/v1/auctions/${draft.json.id}/publish`, { token: tokens.operator });
    const path = `/v1/auctions/${draft.json.id}`;
    expect(await api.get(path, { token: tokens.bidder })).toMatchObject({ status: 200 });
    const body = { reason: 'stolen' };
    await api.post(`${path}/cancel`, { token: tokens.operator, body });
    expect(await api.get(path, { token: tokens.bidder })).toMatchObject({ status: 200 });
  });
});

describe('what is told by name', () => {
  it('of the winner, the seller sees once the buyer has paid', async () => {
    await test.pool.query('UPDATE payment SET captured_at = NULL WHERE id = $1', [ids.payment]);
    const see = () => api.get(`/v1/payments/${ids.payment}`, { token: tokens.seller });
    expect((await see()).json.bidderId).toBeNull();
    await test.pool.query('UPDATE payment SET captured_at = now() WHERE id = $1', [ids.payment]);
    expect((await see()).json.bidderId).toBe('bidder');
  });

  it('of bidders, finance sees no more than anybody: neither leader nor maximum', async () => {
    const log = await api.get(`/v1/auctions/${ids.auction}/bids`, { token: tokens.finance });
    expect(log.text).not.toMatch(/9000|5000|"bidder":"(bidder|somebody)"/);
    const auction = await api.get(`/v1/auctions/${ids.auction}`, { token: tokens.finance });
    expect(auction.text).not.toMatch(/leaderId|reserveMinor/);
  });

  it('in a live stream is nobody', async () => {
    const { port } = api.app.getHttpServer().address() as { port: number };
    const url = `http://127.0.0.1:${port}/v1/auctions/${ids.auction}/live`;
    for (const viewer of viewers) {
      const reader = await LiveReader.open(url, { token: tokens[viewer] });
      await reader.until(() => true);
      reader.response.destroy();
      const { id: _, ...state } = reader.events[0]!;
      expect(Object.keys(state).sort().join(' ')).toBe(
        'auctionId bids closesAt coalesced currency extensions leader leading minimumBid priceMinor reserveMet serverTime state',
      );
      expect([null, 'bidder 1', 'bidder 2']).toContain(state.leader);
    }
  });

  it('of the operators is no person: whoever is called so reads the own notices', async () => {
    for (const name of ['operators', 'finance']) {
      const token = await api.token(name, ['bidder', 'seller']);
      expect((await api.get('/v1/notices?state=all', { token })).json.items).toEqual([]);
    }
  });
});

const onOneLine = (sees: Readonly<Record<Viewer, string>>) =>
  Object.fromEntries(
    Object.entries(sees).map(([viewer, fields]) => [viewer, fields.trim().replace(/\s+/g, ' ')]),
  );
