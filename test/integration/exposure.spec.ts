import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LiveStreams } from '../../src/api/live/live-streams.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { LiveReader } from '../support/live-reader.ts';
import { Rows } from '../support/rows.ts';

/** What strangers, and clients that mean ill, can do with the API's server. */
let test: TestDatabase;
let rows: Rows;
let api: TestApi;
let port: number;

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  api = await startApi(test, undefined, { requestTimeoutMs: 500, mostStreamsPerSubject: 2 });
  await api.app.listen(0, '127.0.0.1');
  port = Number(new URL(await api.app.getUrl()).port);
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

const streams = () => api.app.get(LiveStreams);

async function openStream(token: string): Promise<LiveReader> {
  const auctionId = await rows.auction();
  return LiveReader.open(`http://127.0.0.1:${port}/v1/auctions/${auctionId}/live`, { token });
}

describe('a live stream', () => {
  it('ends when its token does', async () => {
    const expiresAt = new Date(Date.now() + 2_000);
    const reader = await openStream(await api.token('ann', ['bidder'], { expiresAt }));
    expect(reader.response.statusCode).toBe(200);
    await vi.waitFor(() => expect(reader.ended).toBe(true), { timeout: 8_000 });
    expect(Date.now()).toBeGreaterThanOrEqual(Math.floor(expiresAt.getTime() / 1_000) * 1_000);
  });

  it('is one of few that a subject may have; one that has ended makes room', async () => {
    const token = await api.token('ben', ['bidder']);
    const [first, second] = [await openStream(token), await openStream(token)];
    expect([first.response.statusCode, second.response.statusCode]).toEqual([200, 200]);

    const path = `/v1/auctions/${await rows.auction()}/live`;
    const refused = await api.get(path, { token });
    expect(refused).toMatchObject({ status: 429, json: { code: 'too_many_streams_of_subject' } });
    expect(refused.headers['retry-after']).toBe('5');
    const others = await openStream(await api.token('cleo', ['bidder']));
    expect(others.response.statusCode).toBe(200);

    first.response.destroy();
    await vi.waitFor(() => expect(streams().size).toBe(2));
    expect((await openStream(token)).response.statusCode).toBe(200);
  });

  it('that is refused takes no room', async () => {
    const token = await api.token('dora', ['bidder']);
    const missing = '/v1/auctions/0197f3a0-0000-7000-8000-000000000000/live';
    for (let i = 0; i < 3; i += 1) expect((await api.get(missing, { token })).status).toBe(404);
  });
});

it('a body that comes byte by byte is cut off', async () => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const head = [
    'POST /v1/webhooks/paypal HTTP/1.1',
    'Host: gavel',
    'Content-Type: application/json',
  ];
  socket.write(`${[...head, 'Content-Length: 1000'].join('\r\n')}\r\n\r\n{`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 408 /);
  await once(socket, 'close');
});

it('the scheme of a token is written in any case', async () => {
  const token = await api.token('ann', ['bidder']);
  for (const scheme of ['bearer', 'BEARER', 'Bearer']) {
    const headers = { authorization: `${scheme} ${token}` };
    expect(await api.get('/v1/auctions', { headers })).toMatchObject({ status: 200 });
  }
});

describe('an answer', () => {
  it('is kept nowhere, taken for nothing else, and runs nothing', async () => {
    const token = await api.token('ann', ['bidder']);
    const answers = [
      await api.get('/v1/auctions', { token }),
      await api.get('/v1/auctions'),
      await api.get('/v1/auctions/%zz'),
      await api.get('/healthz'),
    ];
    for (const { headers } of answers) {
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      });
    }
    const bid = { token, body: { maximumMinor: 5_000 } };
    const { headers } = await api.post(`/v1/auctions/${await rows.auction()}/bids`, bid);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff' });
  });

  it('of /docs runs the scripts of its own alone, and none that stand in the page', async () => {
    const { headers, text } = await api.get('/docs');
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['content-security-policy']).not.toContain('script-src');
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>\s*\S/);
  });
});

describe('metrics', () => {
  it('are for this machine itself, and for nobody whom a proxy passes on', async () => {
    expect(await api.get('/metrics')).toMatchObject({ status: 200 });
    const passedOn: Record<string, string>[] = [
      { 'x-forwarded-for': '203.0.113.7' },
      { forwarded: 'for=203.0.113.7' },
    ];
    for (const headers of passedOn) {
      expect(await api.get('/metrics', { headers })).toMatchObject({ status: 401 });
    }
    const { statusCode } = await api.app.inject({ url: '/metrics', remoteAddress: '203.0.113.7' });
    expect(statusCode).toBe(401);
  });

  it('are for who has the token, where there is one', async () => {
    const metricsToken = 'a-token-for-prometheus';
    const guarded = await startApi(test, undefined, { metricsToken });
    const read = (headers: Record<string, string>) => guarded.get('/metrics', { headers });
    expect(await read({})).toMatchObject({ status: 401 });
    expect(await read({ authorization: 'Bearer another-token-of-theirs' })).toMatchObject({
      status: 401,
    });
    expect(await read({ authorization: `Bearer ${metricsToken}` })).toMatchObject({ status: 200 });
    await guarded.close();
  });
});
