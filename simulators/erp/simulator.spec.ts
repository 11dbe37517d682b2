import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createErpSimulator } from './simulator.ts';

const SECRET = 'a secret of the tests';

const INVOICE = {
  id: 'invoice-1',
  kind: 'invoice',
  revision: 1,
  currency: 'EUR',
  lines: [
    { account: '4000', text: 'Hammer price', amount: '1000.00' },
    { account: '4010', text: 'Premium', amount: '200.00' },
  ],
  total: '1200.00',
  references: { auctionId: 'auction-1' },
  commodityCode: '9102',
};

interface Callback {
  eventId: string;
  documentId: string;
  outcome: string;
  reason?: { code: string; field: string };
}

let stateDir: string;
let listener: Server;
let simulator: ReturnType<typeof createErpSimulator>;
let callbacks: Callback[];
/** What our side answers to a callback; a test may change it. */
let answer: number;

beforeEach(async () => {
  stateDir = mkdtempSync(join(tmpdir(), 'erp-simulator-'));
  callbacks = [];
  answer = 204;
  listener = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const timestamp = String(request.headers['x-gavel-timestamp']);
      expect(request.headers['x-gavel-signature']).toBe(sign(timestamp, body));
      if (answer < 300) callbacks.push(JSON.parse(body) as Callback);
      response.writeHead(answer).end();
    })();
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  simulator = await start();
});

afterEach(async () => {
  await simulator.close();
  listener.closeAllConnections();
  listener.close();
  rmSync(stateDir, { recursive: true });
});

describe('a document', () => {
  it('is taken, booked once and called back about', async () => {
    const answered = await send(INVOICE);
    expect(answered.statusCode).toBe(202);
    expect(answered.json()).toEqual({ reference: 'ERP-000001', status: 'received' });

    await vi.waitFor(() => expect(callbacks).toHaveLength(1));
    expect(callbacks[0]).toMatchObject({
      documentId: 'invoice-1',
      revision: 1,
      reference: 'ERP-000001',
      outcome: 'acknowledged',
    });
    expect(await ask('invoice-1')).toMatchObject({ status: 'acknowledged', revision: 1 });
    expect(await effects()).toEqual([
      { id: 'invoice-1', revision: 1, status: 'acknowledged', booked: 1 },
    ]);
  });

  it('has one effect and the same answer however often it is sent', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => send(INVOICE)));
    await vi.waitFor(() => expect(callbacks).toHaveLength(1));
    answers.push(await send(INVOICE));
    expect(new Set(answers.map((each) => each.body)).size).toBe(1);
    expect(await effects()).toMatchObject([{ booked: 1 }]);
  });

  it('is refused when the same revision has another content', async () => {
    await send(INVOICE);
    const other = await send({ ...INVOICE, commodityCode: '9701' });
    expect([other.statusCode, other.json()]).toMatchObject([409, { code: 'different_body' }]);
  });

  it('is refused without a genuine signature', async () => {
    const payload = JSON.stringify(INVOICE);
    const old = String(Math.floor(Date.now() / 1000) - 301);
    const headers = { 'x-gavel-timestamp': old, 'x-gavel-signature': sign(old, payload) };
    const url = '/documents';
    const late = await simulator.app.inject({ method: 'POST', url, headers, payload });
    const unsigned = await simulator.app.inject({ method: 'POST', url, payload });
    expect([late.statusCode, unsigned.statusCode]).toEqual([401, 401]);
    expect(await effects()).toEqual([]);
  });

  it('is booked in its next revision after a rejection, and is then final', async () => {
    await send({ ...INVOICE, commodityCode: '0000' });
    await vi.waitFor(() => expect(callbacks).toHaveLength(1));
    expect(callbacks[0]).toMatchObject({
      outcome: 'rejected',
      reason: { code: 'unknown_commodity_code', field: 'commodityCode' },
    });

    await send({ ...INVOICE, revision: 2 });
    await vi.waitFor(() => expect(callbacks).toHaveLength(2));
    expect(await ask('invoice-1')).toMatchObject({ status: 'acknowledged', revision: 2 });
    expect((await send({ ...INVOICE, revision: 3 })).statusCode).toBe(409);
    expect(await effects()).toMatchObject([{ booked: 0 }, { booked: 1 }]);
  });

  it.each([
    ['unbalanced', { total: '1200.01' }],
    ['unknown_account', { lines: [{ account: '9999', text: 'x', amount: '1200.00' }] }],
    ['unknown_currency', { currency: 'XXX' }],
    ['invalid_amount', { total: '1200.000' }],
  ])('is rejected as %s', async (code, change) => {
    await send({ ...INVOICE, ...change });
    await vi.waitFor(() => expect(callbacks[0]?.reason?.code).toBe(code));
  });
});

describe('a restart', () => {
  it('keeps the books and the callbacks that nobody took', async () => {
    answer = 503;
    await send(INVOICE);
    await vi.waitFor(async () =>
      expect(await ask('invoice-1')).toMatchObject({ status: 'acknowledged' }),
    );
    await simulator.close();

    answer = 204;
    simulator = await start();
    // A delivery that the restart cut off may have arrived all the same: then it comes twice.
    await vi.waitFor(() => expect(callbacks).not.toHaveLength(0));
    expect(new Set(callbacks.map(({ eventId }) => eventId)).size).toBe(1);
    expect((await send(INVOICE)).json()).toMatchObject({ reference: 'ERP-000001' });
    expect(await effects()).toMatchObject([{ booked: 1 }]);
  });
});

describe('faults', () => {
  it('break the connection after the effect', async () => {
    await fault({ kind: 'reset-after-effect' });
    const { port } = simulator.app.server.address() as AddressInfo;
    const payload = JSON.stringify(INVOICE);
    const call = () =>
      fetch(`http://127.0.0.1:${port}/documents`, {
        method: 'POST',
        headers: signed(payload),
        body: payload,
      });
    await expect(call()).rejects.toThrow('fetch failed');
    expect((await call()).status).toBe(202);
    await vi.waitFor(async () => expect(await effects()).toMatchObject([{ booked: 1 }]));
  });

  it('fail calls as often as asked, without effect', async () => {
    await fault({ kind: '503', times: 2 });
    const codes = [await send(INVOICE), await send(INVOICE)].map((each) => each.statusCode);
    expect(codes).toEqual([503, 503]);
    expect(await effects()).toEqual([]);
    expect((await send(INVOICE)).statusCode).toBe(202);
  });

  it('drop a callback, or send it several times', async () => {
    await fault({ kind: 'drop-callback' });
    await fault({ kind: 'duplicate-callback' });
    await send(INVOICE);
    await vi.waitFor(async () => expect(await effects()).toMatchObject([{ booked: 1 }]));
    await send({ ...INVOICE, id: 'invoice-2' });
    await vi.waitFor(() => expect(callbacks).toHaveLength(3));
    expect(new Set(callbacks.map((each) => each.documentId))).toEqual(new Set(['invoice-2']));
    expect(new Set(callbacks.map((each) => each.eventId)).size).toBe(1);
  });
});

async function start() {
  const { port } = listener.address() as AddressInfo;
  const started = createErpSimulator({
    stateDir,
    callbackUrl: `http://127.0.0.1:${port}/callback`,
    secret: SECRET,
    bookingDelayMs: 10,
    retryDelayMs: 10,
  });
  await started.app.listen({ host: '127.0.0.1', port: 0 });
  return started;
}

function send(document: object) {
  const payload = JSON.stringify(document);
  const headers = signed(payload);
  return simulator.app.inject({ method: 'POST', url: '/documents', headers, payload });
}

async function ask(id: string): Promise<unknown> {
  const answered = await simulator.app.inject({ url: `/documents/${id}`, headers: signed(id) });
  return answered.json();
}

async function effects(): Promise<unknown> {
  return (await simulator.app.inject({ url: '/simulator/effects' })).json();
}

async function fault(payload: object): Promise<void> {
  await simulator.app.inject({ method: 'POST', url: '/simulator/faults', payload });
}

function signed(text: string) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  return {
    'content-type': 'application/json',
    'x-gavel-timestamp': timestamp,
    'x-gavel-signature': sign(timestamp, text),
  };
}

function sign(timestamp: string, text: string): string {
  return createHmac('sha256', SECRET).update(`${timestamp}.${text}`).digest('hex');
}
