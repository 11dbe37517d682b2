import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LiveState } from '../../src/api/live/live.schemas.ts';
import { LiveStreams } from '../../src/api/live/live-streams.ts';
import { databaseNow } from '../../src/database/clock.ts';
import { BidLane } from '../../src/services/bidding/lane/bid-lane.ts';
import type { BidAnswer } from '../../src/services/bidding/lane/request.ts';
import { changeState } from '../../src/database/change-state.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { LiveReader } from '../support/live-reader.ts';
import { Operator } from '../support/operator.ts';
import { Rows } from '../support/rows.ts';

/** Two APIs with pools of their own on one database, as two processes would be. */
let test: TestDatabase;
let rows: Rows;
let operator: Operator;
let here: TestApi;
let there: TestApi;
const open: LiveReader[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  operator = new Operator(test);
  here = await startListening();
  there = await startListening();
});
afterEach(() => open.splice(0).forEach((reader) => reader.close()));
afterAll(async () => {
  await Promise.all([here.close(), there.close()]);
  await test.drop();
});

describe('a stream', () => {
  it('begins with where the auction stands, for every role that may read auctions', async () => {
    const auction = await rows.auction({ reserve: 5_000 });
    await bid(auction, 'ann', 2_000);
    for (const role of ['operator', 'finance', 'seller', 'bidder'] as const) {
      const reader = await watch(here, `/v1/auctions/${auction}/live`, { role, id: 'someone' });
      const first = await reader.until(() => true);
      expect(reader.response.headers['content-type']).toBe('text/event-stream');
      expect(reader.response.headers['x-correlation-id']).toMatch(/^[\da-f]{32}$/);
      expect(() => LiveState.parse(first)).not.toThrow();
      expect(first).toMatchObject({
        id: '1.0',
        auctionId: auction,
        state: 'open',
        priceMinor: 1_000,
        minimumBid: 1_050,
        leader: 'bidder 1',
        leading: false,
        bids: 1,
        reserveMet: false,
        extensions: 0,
        coalesced: false,
      });
    }
  });

  it('is refused without a token, for no auction, for what is no id, and past the limit', async () => {
    const streams = here.app.get(LiveStreams);
    const path = `/v1/auctions/${await rows.auction()}/live`;
    const token = await here.token('ann', ['bidder']);
    expect((await here.get(path)).status).toBe(401);
    expect((await here.get(`/v1/auctions/${randomUUID()}/live`, { token })).status).toBe(404);
    expect((await here.get('/v1/auctions/x/live', { token })).status).toBe(400);
    expect((await here.get('/v1/live', { token })).status).toBe(400);
    const many = Array.from({ length: 51 }, () => `auction=${randomUUID()}`).join('&');
    expect((await here.get(`/v1/live?${many}`, { token })).status).toBe(400);

    const before = streams.mostStreams;
    streams.mostStreams = 0;
    const refused = await here.get(path, { token });
    streams.mostStreams = before;
    expect(refused).toMatchObject({ status: 503, json: { code: 'too_many_streams' } });
    expect(refused.headers['retry-after']).toBe('5');
    expect(streams.size).toBe(0);
  });

  it('is not opened by a HEAD request', async () => {
    const token = await here.token('ann', ['bidder']);
    const url = new URL(`/v1/auctions/${await rows.auction()}/live`, await here.app.getUrl());
    const headers = { authorization: `Bearer ${token}` };
    const answer = await fetch(url, {
      method: 'HEAD',
      headers,
      signal: AbortSignal.timeout(5_000),
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    expect(here.app.get(LiveStreams).size).toBe(0);
  });

  it('shows a bid that another process has taken, and who leads as an alias', async () => {
    const auction = await rows.auction();
    const path = `/v1/auctions/${auction}/live`;
    const ann = await watch(here, path, { id: 'ann' });
    const bob = await watch(here, path, { id: 'bob' });
    await ann.until(({ bids }) => bids === 0);

    await bid(auction, 'ann', 5_000, there);
    const beganAt = Date.now();
    expect(await ann.until(({ bids }) => bids === 1)).toMatchObject({
      leader: 'bidder 1',
      leading: true,
    });
    expect(Date.now() - beganAt).toBeLessThan(900); // Told, and not found by looking.
    await bid(auction, 'bob', 9_000, there);
    const seen = await bob.until(({ bids }) => bids === 2);

    expect(seen).toMatchObject({ leader: 'bidder 2', leading: true, priceMinor: 5_100 });
    expect(seen.minimumBid).toBe(5_200);
    expect(await ann.until(({ bids }) => bids === 2)).toMatchObject({ leading: false });
  });

  it('tells nobody who the others are, or what they would pay', async () => {
    const auction = await rows.auction({ reserve: 777_777 });
    const reader = await watch(here, `/v1/auctions/${auction}/live`, { id: 'watcher' });
    await bid(auction, 'secret-ann', 123_457);
    await bid(auction, 'secret-bob', 234_569);
    await operator.retract(auction, 'secret-bob');
    await reader.until(({ bids }) => bids === 3);
    const again = await watch(here, `/v1/auctions/${auction}/live`, {
      id: 'watcher',
      lastEventId: '0.0',
    });
    await again.until(({ bids }) => bids === 3);
    for (const { text } of [reader, again]) {
      expect(text).not.toMatch(/secret|234569|777777/);
      expect(text).toContain('bidder 1');
    }
    // The loser's maximum shows in the price, as it does in the log; the leader's never.
    expect(again.events[0]!.priceMinor).toBe(1_000);
  });

  it('shows retractions, pauses, soft close and the end, with an id that grows', async () => {
    const softClose = { window: 'PT2M', extendBy: 'PT2M', mode: 'resetFromBid' as const };
    const auction = await rows.auction({
      closesInMs: 30_000,
      policy: { softClose: { ...softClose, maximumExtensions: null } },
    });
    const reader = await watch(here, `/v1/auctions/${auction}/live`, { id: 'ann' });
    const first = await reader.until(() => true);

    await bid(auction, 'ann', 2_000);
    const extended = await reader.until(({ extensions }) => extensions === 1);
    expect(Date.parse(extended.closesAt)).toBeGreaterThan(Date.parse(first.closesAt) + 60_000);
    await operator.retract(auction, 'ann');
    expect(await reader.until(({ bids }) => bids === 2)).toMatchObject({
      leader: null,
      leading: false,
      reserveMet: true,
    });
    await change(auction, 'pause');
    expect((await reader.until(({ state }) => state === 'paused')).id).toBe('2.1');
    await change(auction, 'resume');
    await reader.until(({ state }) => state === 'open', reader.events.length - 1);
    await test.pool.query('UPDATE auction SET closes_at = clock_timestamp() WHERE id = $1', [
      auction,
    ]);
    const early = await reader.until(({ id }) => id === '2.3');
    expect(Date.parse(early.closesAt)).toBeLessThan(Date.parse(first.closesAt));
    await change(auction, 'close');
    expect((await reader.until(({ state }) => state === 'closed')).id).toBe('2.4');
    expect(reader.events.every(({ coalesced }) => !coalesced)).toBe(true);
  });

  it('carries the time by which the database judges the end', async () => {
    const auction = await rows.auction();
    const reader = await watch(here, `/v1/auctions/${auction}/live`, { id: 'ann' });
    const { serverTime } = await reader.until(() => true);
    const laterMs = (await databaseNow(test.database)).getTime() - Date.parse(serverTime);
    expect(laterMs).toBeGreaterThan(-50);
    expect(laterMs).toBeLessThan(1_000);
  });

  it('is told by looking when a process died between commit and announcement', async () => {
    const auction = await rows.auction();
    const reader = await watch(here, `/v1/auctions/${auction}/live`, { id: 'ann' });
    await reader.until(() => true);
    // A lane to which nobody listens.
    await place(new BidLane(test.openLanePool()), auction, 'ann', 2_000);
    const beganAt = Date.now();
    await reader.until(({ bids }) => bids === 1);
    expect(Date.now() - beganAt).toBeLessThan(2_500);
  });
});

describe('several auctions in one stream', () => {
  it('shows each, with one id that resumes all of them', async () => {
    const [a, b] = [await rows.auction(), await rows.auction()];
    const path = `/v1/live?auction=${a}&auction=${b}`;
    const reader = await watch(here, path, { id: 'ann' });
    await reader.until(({ auctionId }) => auctionId === b);
    await bid(a, 'ann', 2_000);
    const { id } = await reader.until(({ bids }) => bids === 1);
    expect(id).toBe('1.0,0.0');
    reader.close();

    await bid(b, 'bob', 2_000);
    await bid(b, 'ann', 3_000);
    const again = await watch(here, path, { id: 'ann', lastEventId: id });
    await again.until(({ bids }) => bids === 2);
    expect(again.events.map((event) => [event.auctionId, event.id])).toEqual([
      [b, '1.0,1.0'],
      [b, '1.0,2.0'],
    ]);
  });
});

describe('a sale', () => {
  it('shows each of its lots, and what happens to any of them, with one id for all', async () => {
    const sale = await createSale();
    const [a, b] = [await lotOf(sale), await lotOf(sale)];
    const reader = await watch(here, `/v1/sales/${sale}/live`, { id: 'ann' });
    await reader.until(({ auctionId }) => auctionId === b);
    expect(reader.events.map(({ auctionId, bids }) => [auctionId, bids])).toEqual([
      [a, 0],
      [b, 0],
    ]);
    expect(reader.events.map(({ id }) => id)).toEqual(['', expect.stringMatching(/:0\.0,0\.0$/)]);

    await bid(b, 'ann', 2_000, there);
    expect(await reader.until(({ bids }) => bids === 1)).toMatchObject({
      id: expect.stringMatching(/:0\.0,1\.0$/),
      auctionId: b,
      leader: 'bidder 1',
      leading: true,
      coalesced: false,
    });
    reader.close();

    await bid(a, 'bob', 3_000);
    await bid(a, 'ann', 4_000);
    const added = await lotOf(sale);
    const again = await watch(here, `/v1/sales/${sale}/live`, {
      id: 'ann',
      lastEventId: reader.last!.id,
    });
    await again.until(({ auctionId }) => auctionId === added);
    expect(again.events.map(({ auctionId, bids }) => [auctionId, bids])).toEqual([
      [a, 1],
      [a, 2],
      [added, 0],
    ]);
  });

  it('may begin without lots, and shows those that are added, and what happens to them', async () => {
    const sale = await createSale();
    const reader = await watch(here, `/v1/sales/${sale}/live`, { id: 'ann' });
    const lot = await lotOf(sale);
    expect(await reader.until(() => true)).toMatchObject({ auctionId: lot, coalesced: false });
    await bid(lot, 'bob', 2_000);
    await reader.until(({ bids }) => bids === 1);
    const second = await lotOf(sale);
    await reader.until(({ auctionId }) => auctionId === second);
    expect(reader.events).toHaveLength(3);
  });

  it('misses nothing, however often the client comes back while bids and lots come in', async () => {
    const sale = await createSale();
    const lots = [await lotOf(sale), await lotOf(sale)];
    const lane = here.app.get(BidLane);
    let done = false;
    const bids = (async () => {
      for (let round = 1; round <= 60; round += 1) {
        if (round % 20 === 0) lots.push(await lotOf(sale));
        for (const lot of lots) await place(lane, lot, `bidder-${round % 3}`, round * 10_000);
      }
      done = true;
    })();
    let lastEventId: string | undefined;
    const seen = new Map<string, number>();
    const logs = async () =>
      (
        await test.pool.query<{ id: string; last_sequence: number }>(
          'SELECT id, last_sequence FROM auction WHERE sale_id = $1',
          [sale],
        )
      ).rows;
    const complete = async () =>
      done && (await logs()).every(({ id, last_sequence }) => seen.get(id) === last_sequence);
    while (!(await complete())) {
      const reader = await watch(there, `/v1/sales/${sale}/live`, { id: 'ann', lastEventId });
      await sleep(30);
      reader.close();
      for (const { auctionId, bids, coalesced } of reader.events) {
        const before = seen.get(auctionId);
        // What is left out is said to be left out; what is told again is told as it was.
        if (before !== undefined && !coalesced) expect(bids - before).toBeLessThanOrEqual(1);
        seen.set(auctionId, Math.max(before ?? 0, bids));
      }
      lastEventId = reader.events.findLast(({ id }) => id !== '')?.id ?? lastEventId;
    }
    await bids;
    expect(seen.size).toBe(5);
  });

  it('is refused when there is no such sale', async () => {
    const token = await here.token('ann', ['bidder']);
    const unknown = await here.get(`/v1/sales/${randomUUID()}/live`, { token });
    expect(unknown).toMatchObject({ status: 404, json: { code: 'not_found' } });
    expect((await here.get('/v1/sales/x/live', { token })).status).toBe(400);
  });

  it('of 500 lots is shown whole; with one more the stream ends, and another is refused', async () => {
    const sale = await createSale();
    await test.pool.query(
      `INSERT INTO auction (sale_id, lot_id, seller_id, policy_name, policy_version, currency,
                            start_price_minor, price_minor, opens_at, closes_at)
       SELECT $1, lot_id, seller_id, policy_name, policy_version, currency, start_price_minor,
              price_minor, opens_at, closes_at
       FROM auction, generate_series(1, 500) WHERE id = $2`,
      [sale, await rows.auction()],
    );
    await test.pool.query(`UPDATE auction SET state = 'scheduled' WHERE sale_id = $1`, [sale]);
    const reader = await watch(here, `/v1/sales/${sale}/live`, { id: 'ann' });
    await reader.until(({ id }) => id !== '');
    expect(reader.events).toHaveLength(500);
    expect(reader.last!.id.length).toBeLessThan(5_000);
    const again = await watch(here, `/v1/sales/${sale}/live`, {
      id: 'ann',
      lastEventId: reader.last!.id,
    });

    await lotOf(sale);
    await reader.untilEnded();
    await again.untilEnded();
    expect(again.events).toEqual([]);
    const token = await here.token('ann', ['bidder']);
    const refused = await here.get(`/v1/sales/${sale}/live`, { token });
    expect(refused).toMatchObject({ status: 422, json: { code: 'too_many_lots' } });
  });
});

describe('a client that comes back', () => {
  it('gets exactly the entries that it has missed, then what happens', async () => {
    const auction = await rows.auction();
    for (let i = 1; i <= 7; i += 1) await bid(auction, i % 2 ? 'ann' : 'bob', 1_000 + i * 1_000);
    const reader = await watch(there, `/v1/auctions/${auction}/live`, {
      id: 'bob',
      lastEventId: '3.0',
    });
    await bid(auction, 'eve', 20_000);
    await reader.until(({ bids }) => bids === 8);

    expect(reader.events.map(({ id }) => id)).toEqual(['4.0', '5.0', '6.0', '7.0', '8.0']);
    const log = await here.get(`/v1/auctions/${auction}/bids?after=3`, {
      token: await here.token('nobody', ['bidder']),
    });
    const prices = (log.json.items as unknown as { priceMinor: number }[]).map(
      ({ priceMinor }) => priceMinor,
    );
    expect(reader.events.map(({ priceMinor }) => priceMinor)).toEqual(prices);
    expect(reader.events.map(({ leader }) => leader)).toEqual([
      'bidder 2',
      'bidder 1',
      'bidder 2',
      'bidder 1',
      'bidder 3',
    ]);
    expect(reader.events.map(({ leading }) => leading)).toEqual([true, false, true, false, false]);
    expect(reader.events.some(({ coalesced }) => coalesced)).toBe(false);
  });

  it('is told nothing twice, and of changes that were no bids', async () => {
    const auction = await rows.auction();
    await bid(auction, 'ann', 2_000);
    const path = `/v1/auctions/${auction}/live`;
    const upToDate = await watch(here, path, { id: 'ann', lastEventId: '1.0' });
    await change(auction, 'pause');
    await upToDate.until(({ state }) => state === 'paused');
    expect(upToDate.events).toHaveLength(1);

    const behind = await watch(here, path, { id: 'ann', lastEventId: '0.0' });
    await behind.until(({ state }) => state === 'paused');
    expect(behind.events.map(({ id, state }) => [id, state])).toEqual([
      ['1.0', 'open'],
      ['1.1', 'paused'],
    ]);
  });

  it('gets the newest state only, when it has missed more than 200 entries', async () => {
    const auction = await rows.auction();
    const lane = here.app.get(BidLane);
    for (let i = 1; i <= 201; i += 1) await place(lane, auction, `bidder-${i % 5}`, i * 10_000);
    const path = `/v1/auctions/${auction}/live`;
    const behind = await watch(here, path, { id: 'ann', lastEventId: '0.0' });
    expect(await behind.until(() => true)).toMatchObject({ id: '201.0', coalesced: true });
    const lessBehind = await watch(here, path, { id: 'ann', lastEventId: '1.0' });
    await lessBehind.until(({ bids }) => bids === 201);
    expect(lessBehind.events).toHaveLength(200);
  });

  it.each(['nonsense', '9.9', '1.0,2.0', '99999999999.0', '-1.0'])(
    'with %s as its last id begins anew',
    async (lastEventId) => {
      const auction = await rows.auction();
      const reader = await watch(here, `/v1/auctions/${auction}/live`, { id: 'ann', lastEventId });
      expect(await reader.until(() => true)).toMatchObject({ id: '0.0', coalesced: false });
    },
  );

  it('misses nothing, however often it comes back while bids come in', async () => {
    const auction = await rows.auction();
    const lane = here.app.get(BidLane);
    const path = `/v1/auctions/${auction}/live`;
    const bids = (async () => {
      for (let i = 1; i <= 150; i += 1) await place(lane, auction, `bidder-${i % 3}`, i * 10_000);
    })();
    let lastEventId = '0.0';
    const seen: number[] = [];
    while (lastEventId !== '150.0') {
      const reader = await watch(there, path, { id: 'ann', lastEventId });
      await sleep(30);
      reader.close();
      seen.push(...reader.events.map((event) => event.bids));
      lastEventId = reader.last?.id ?? lastEventId;
    }
    await bids;
    expect(seen.at(-1)).toBe(150);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(new Set(seen).size).toBe(seen.length);
  });
});

describe('a reader that does not read', () => {
  it('delays nobody, costs no memory, and gets the newest state when it reads again', async () => {
    const auctions = await Promise.all(Array.from({ length: 50 }, () => rows.auction()));
    const path = `/v1/live?${auctions.map((id) => `auction=${id}`).join('&')}`;
    const sockets: Socket[] = [];
    here.app.getHttpServer().on('connection', (socket: Socket) => sockets.push(socket));
    const asleep = await watch(here, path, { id: 'sleeper' });
    await asleep.until(({ auctionId }) => auctionId === auctions[49]);
    const awake = await watch(here, path, { id: 'waker' });
    const lane = here.app.get(BidLane);
    asleep.pause();

    let slowestMs = 0;
    let round = 0;
    /** Buffers of the operating system on both sides take some megabytes before anyone notices. */
    while (awake.bytes < 7_000_000) {
      round += 1;
      await Promise.all(
        auctions.map((auction) => place(lane, auction, `bidder-${round % 2}`, round * 10_000)),
      );
      const placedAt = Date.now();
      const from = Math.max(0, awake.events.length - 200);
      await awake.until((e) => e.auctionId === auctions[49] && e.bids === round, from);
      slowestMs = Math.max(slowestMs, Date.now() - placedAt);
    }
    const waiting = Math.max(...sockets.map((socket) => socket.writableLength));
    expect(waiting).toBeGreaterThan(0);
    expect(waiting).toBeLessThan(100_000); // One event of each of its auctions.

    asleep.resume();
    for (const auction of auctions) {
      await asleep.until((event) => event.auctionId === auction && event.bids === round);
    }
    expect(slowestMs).toBeLessThan(1_000);
    // It was not sent what had become old while it slept.
    expect(asleep.events.length).toBeLessThan(awake.events.length * 0.8);
    expect(asleep.events.some(({ coalesced }) => coalesced)).toBe(true);
  });
});

describe('the end of a stream', () => {
  it('is noticed when the client leaves', async () => {
    const streams = here.app.get(LiveStreams);
    const reader = await watch(here, `/v1/auctions/${await rows.auction()}/live`, { id: 'ann' });
    await reader.until(() => true);
    expect(streams.size).toBeGreaterThan(0);
    expect((await here.get('/metrics')).text).toMatch(
      new RegExp(`^gavel_live_streams ${streams.size}$`, 'm'),
    );
    reader.close();
    await expect.poll(() => streams.size).toBe(0);
  });

  it('comes when the API stops, and neither a sleeping reader nor the API hangs', async () => {
    const stopping = await startListening();
    const path = `/v1/auctions/${await rows.auction()}/live`;
    const [awake, asleep] = [
      await watch(stopping, path, { id: 'ann' }),
      await watch(stopping, path, { id: 'bob' }),
    ];
    await awake.until(() => true);
    asleep.pause();
    const beganAt = Date.now();
    await stopping.close();
    expect(Date.now() - beganAt).toBeLessThan(3_000);
    await awake.untilEnded();
  });
});

it('is described in OpenAPI', async () => {
  const document = (await here.get('/openapi.json')).text;
  const json = JSON.parse(document) as OpenApiPart;
  const answer = json.paths['/v1/auctions/{id}/live']!.get.responses['200']!;
  expect(answer.content['text/event-stream']!.schema.$ref).toBe('#/components/schemas/LiveState');
  expect(json.components.schemas.LiveState!.properties).toHaveProperty('serverTime');
  expect(json.paths['/v1/live']!.get.parameters).toEqual(
    expect.arrayContaining([expect.objectContaining({ name: 'auction', in: 'query' })]),
  );
});

interface OpenApiPart {
  paths: Record<
    string,
    {
      get: {
        parameters: object[];
        responses: Record<string, { content: Record<string, { schema: { $ref: string } }> }>;
      };
    }
  >;
  components: { schemas: Record<string, { properties: object }> };
}

async function startListening(): Promise<TestApi> {
  const api = await startApi({ ...test, pool: test.openPool() });
  await api.app.listen(0, '127.0.0.1');
  return api;
}

async function watch(
  api: TestApi,
  path: string,
  {
    id,
    role = 'bidder',
    lastEventId,
  }: {
    id: string;
    role?: 'operator' | 'finance' | 'seller' | 'bidder';
    lastEventId?: string;
  },
): Promise<LiveReader> {
  const token = await api.token(id, [role]);
  const url = new URL(path, await api.app.getUrl()).href;
  const reader = await LiveReader.open(url, { token, lastEventId });
  open.push(reader);
  return reader;
}

/** Through HTTP, as a bidder does. */
async function bid(auctionId: string, bidderId: string, maximumMinor: number, api = here) {
  const answer = await api.post(`/v1/auctions/${auctionId}/bids`, {
    token: await api.token(bidderId, ['bidder']),
    key: randomUUID(),
    body: { maximumMinor },
  });
  expect(answer.status).toBe(200);
}

async function place(
  lane: BidLane,
  auctionId: string,
  bidderId: string,
  maximumMinor: number,
): Promise<void> {
  const request = { auctionId, bidderId, maximumMinor, idempotencyKey: randomUUID() };
  const answer: BidAnswer = await lane.place(request);
  expect(answer.accepted).toBe(true);
}

async function createSale(): Promise<string> {
  const { rows: created } = await test.pool.query<{ id: string }>(
    `INSERT INTO sale (title, first_closes_at) VALUES ('Clocks', now()) RETURNING id`,
  );
  return created[0]!.id;
}

/** An open auction that belongs to a sale. */
async function lotOf(saleId: string): Promise<string> {
  const auction = await rows.auction();
  await test.pool.query('UPDATE auction SET sale_id = $2 WHERE id = $1', [auction, saleId]);
  return auction;
}

const change = (auctionId: string, event: 'pause' | 'resume' | 'close') =>
  test.database.transaction((tx) =>
    changeState(tx, 'auction', auctionId, event, {
      actorKind: event === 'close' ? 'workflow' : 'operator',
      actorId: 'test',
    }),
  );
