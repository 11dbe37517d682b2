import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createPayPal } from '../../src/integrations/paypal/index.ts';
import { dispatchNext } from '../../src/messaging/inbox-dispatcher.ts';
import { CREDENTIALS } from '../../simulators/paypal/harness.ts';
import { Store } from '../../simulators/paypal/store.ts';
import {
  loadSigner,
  strangeSigner,
  type Signer,
} from '../../simulators/paypal/webhooks/authority.ts';
import { signatureHeaders } from '../../simulators/paypal/webhooks/sign.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// PayPal's webhooks in bulk, over the network to the API's own endpoint: signed with the simulator's
// certificate, checked by the real verifier, kept in PostgreSQL and dispatched meanwhile.

const GENUINE = 2_000;
const FORGED = 2_000;
const MOST_DELIVERIES = 25; // As often as PayPal tries.
const PAYMENTS = 100;
const CALLERS = 48;

interface Delivery {
  readonly headers: Record<string, string>;
  readonly body: string | Buffer;
}

let test: TestDatabase;
let api: TestApi;
let url: string;
let signer: Signer;
let stranger: Signer;
let certificates: Server;
let elsewhere: Server;
let fetchesElsewhere = 0;
const fetched = vi.spyOn(globalThis, 'fetch');
const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });

beforeAll(async () => {
  test = await createTestDatabase();
  signer = await loadSigner(new Store(undefined));
  stranger = await strangeSigner();
  certificates = await serve((path) =>
    path.endsWith(stranger.certificateId) ? stranger.chainPem : signer.chainPem,
  );
  elsewhere = await serve(() => {
    fetchesElsewhere += 1;
    return stranger.chainPem;
  });
  const { webhooks } = createPayPal({
    ...CREDENTIALS,
    baseUrl: 'http://paypal.invalid',
    partnerAttributionId: 'GAVEL_TESTS',
    certificateHost: new URL(addressOf(certificates)).host,
    certificateAuthorityPem: signer.authorityPem,
  });
  api = await startApi(test, webhooks);
  await api.app.listen(0, '127.0.0.1');
  url = `${addressOf(api.app.getHttpServer() as Server)}/v1/webhooks/paypal`;
});
afterAll(async () => {
  agent.destroy();
  certificates.close();
  elsewhere.close();
  fetched.mockRestore();
  await api.close();
  await test.drop();
});

describe(`${GENUINE} genuine events, each delivered 1 to ${MOST_DELIVERIES} times, among ${FORGED} forged`, () => {
  it(
    'have one effect each, in whatever order they come; no forgery has any',
    { timeout: 300_000 },
    async () => {
      const random = sequence(2_026);
      const orders = await openPayments();
      const genuine = Array.from({ length: GENUINE }, (_, i) =>
        eventAbout(orders[i % PAYMENTS]!, `WH-${i}`),
      );
      const deliveries = genuine.flatMap((body) => {
        const times = 1 + Math.floor(random() ** 2 * MOST_DELIVERIES); // Rather few, as a rule.
        const signed = signatureOf(body);
        return Array.from({ length: times }, () => ({ body, headers: signed }));
      });
      const kinds = Object.keys(FORGERIES);
      const forgeries = Array.from({ length: FORGED }, (_, i) => {
        const body = eventAbout(orders[i % PAYMENTS]!, `FORGED-${i}`);
        return FORGERIES[kinds[i % kinds.length]!]!(body);
      });
      expect(kinds.length).toBeGreaterThanOrEqual(8);

      const answers = await withDispatchers(() =>
        deliverAll(shuffled([...deliveries, ...forgeries], random)),
      );

      for (const delivery of deliveries) expect(answers.get(delivery)).toBe(200);
      for (const forgery of forgeries) expect(answers.get(forgery)).toBe(401);

      expect(await inbox()).toEqual({
        events: GENUINE,
        dispatched: GENUINE,
        forged: 0,
        deliveries: deliveries.length,
      });
      const { rows: told } = await test.pool.query<{ count: number }>(
        'SELECT count(*) AS count FROM outbox GROUP BY workflow_id',
      );
      expect(told).toEqual(Array.from({ length: PAYMENTS }, () => ({ count: GENUINE / PAYMENTS })));

      expect(fetchesElsewhere).toBe(0);
      const hosts = new Set(fetched.mock.calls.map(([to]) => new URL(String(to)).origin));
      expect([...hosts]).toEqual([addressOf(certificates)]);
      const good = fetched.mock.calls.filter(([to]) => String(to).endsWith(signer.certificateId));
      expect(good).toHaveLength(1); // Kept, however many need it at once.
    },
  );
});

describe('a genuine event', () => {
  const event = (change: object) => ({
    id: `WH-ODD-${++odd}`,
    event_type: 'CHECKOUT.ORDER.APPROVED',
    create_time: '2026-11-21T13:00:00Z',
    resource: { id: 'ORDER-ODD' },
    ...change,
  });
  let odd = 0;
  const ODD: [string, () => string | Buffer][] = [
    ['with NUL in a note', () => JSON.stringify(event({ summary: 'a\0b' }))],
    ['with half a surrogate in a note', () => JSON.stringify(event({ summary: '\uD800' }))],
    ['with both in the names of fields', () => JSON.stringify(event({ 'a\0': { '\uD800': 1 } }))],
    [
      'with NUL in the id of its order',
      () => JSON.stringify(event({ resource: { id: 'ORDER\0' } })),
    ],
    ['with a number without end', () => JSON.stringify(event({})).replace('{', '{"n":1e999999,')],
    ['with a key twice', () => JSON.stringify(event({})).replace('{', '{"a":1,"a":2,')],
    [
      'that nests without end',
      () => JSON.stringify(event({ deep: 7 })).replace('7', nested(40_000)),
    ],
    [
      'with a name of JavaScript’s',
      () => JSON.stringify(event({})).replace('{', '{"__proto__":{},'),
    ],
    ['without a resource', () => JSON.stringify(event({ resource: undefined }))],
    ['whose resource is text', () => JSON.stringify(event({ resource: 'none' }))],
    ['without a time', () => JSON.stringify(event({ create_time: undefined }))],
    ['without an id', () => JSON.stringify(event({ id: undefined }))],
    ['with an id of a kilobyte', () => JSON.stringify(event({ id: 'W'.repeat(10_000) }))],
    ['that is a list', () => '[1]'],
    ['that is no JSON', () => 'an event?'],
    ['that is no UTF-8', () => Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d])],
  ];
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

  it.each(ODD)('%s is kept as it came, and stops nobody', async (_what, make) => {
    const body = make();
    expect(await post({ body, headers: signatureOf(body) })).toBe(200);
    expect(await post({ body, headers: signatureOf(body) })).toBe(200);
    await withDispatchers(() => Promise.resolve());
    const { rows: kept } = await test.pool.query<{ raw: Buffer; deliveries: number }>(
      'SELECT raw, state, attempts, deliveries FROM inbox ORDER BY id DESC LIMIT 1',
    );
    expect(kept).toMatchObject([{ state: 'ignored', attempts: 0, deliveries: 2 }]);
    expect(kept[0]!.raw.equals(Buffer.from(body))).toBe(true);
  });

  it.each([
    [
      'of PayPal’s older kinds',
      {
        event_type: 'PAYMENT.SALE.COMPLETED',
        resource: { amount: { total: '1.00', currency: 'EUR' }, links: 7, id: 7 },
      },
    ],
    ['of a kind that is yet to come', { event_type: 'PAYMENT.ORBIT.REACHED' }],
    ['about an order that is not ours', {}],
    [
      'about a capture that is not ours',
      { event_type: 'PAYMENT.CAPTURE.COMPLETED', resource: { id: 'C', amount: { value: 1 } } },
    ],
    [
      'about a refund that is not ours',
      {
        event_type: 'PAYMENT.CAPTURE.REFUNDED',
        resource: {
          id: 'R',
          amount: { currency_code: 'XTS', value: '1.00' },
          links: [{ rel: 'up', href: 'https://api.paypal.com/v2/payments/captures/STRANGE' }],
        },
      },
    ],
    ['about a payout that is not ours', { event_type: 'PAYMENT.PAYOUTS-ITEM.SUCCEEDED' }],
  ])('%s is ignored, can be seen, and replayed', async (_what, change) => {
    const body = JSON.stringify(event(change));
    expect(await post({ body, headers: signatureOf(body) })).toBe(200);
    await withDispatchers(() => Promise.resolve());
    const token = await api.token('oda', ['operator']);
    const { json } = await api.get('/v1/messages/inbox?state=ignored&limit=500', { token });
    const seen = json.items.find(({ about }) => about === `paypal ${JSON.parse(body).id}`);
    expect(seen).toMatchObject({ state: 'ignored', attempts: 0, lastError: null });

    const replayed = await api.post(`/v1/messages/inbox/${seen!.id}/replay`, { token });
    expect(replayed.json).toMatchObject({ state: 'waiting' });
    await withDispatchers(() => Promise.resolve());
    const { rows: dead } = await test.pool.query(
      `SELECT FROM inbox WHERE state NOT IN ('ignored', 'dispatched')`,
    );
    expect(dead).toEqual([]);
  });

  it('about a refund of ours that does not say how much is told to people', async () => {
    const made = new Rows(test.pool);
    const offerId = await made.offer(await made.auction());
    const paymentId = await made.payment(offerId, { state: 'captured', captureId: 'OURS' });
    const links = [{ rel: 'up', href: 'https://api.paypal.com/v2/payments/captures/OURS' }];
    const resource = { id: 'REFUND-WITHOUT-AMOUNT', links };
    const body = JSON.stringify(event({ event_type: 'PAYMENT.CAPTURE.REFUNDED', resource }));
    expect(await post({ body, headers: signatureOf(body) })).toBe(200);
    await withDispatchers(() => Promise.resolve());
    const { rows: told } = await test.pool.query(
      'SELECT kind, cause FROM notice WHERE subject_id = $1',
      [paymentId],
    );
    expect(told).toEqual([{ kind: 'refund_unclear', cause: 'REFUND-WITHOUT-AMOUNT' }]);
  });
});

/** Each makes of an event something that PayPal would not have sent. */
const FORGERIES: Record<string, (body: string) => Delivery> = {
  'with another body': (body) => ({
    body: body.replace('FORGED', 'F0RGED'),
    headers: signatureOf(body),
  }),
  'with the same JSON in other bytes': (body) => ({
    body: JSON.stringify(JSON.parse(body), null, 1),
    headers: signatureOf(body),
  }),
  'for the webhook of someone else': (body) => ({
    body,
    headers: signatureOf(body, { webhookId: 'SOMEONE-ELSES' }),
  }),
  "with another key under PayPal's certificate": (body) => ({
    body,
    headers: {
      ...signatureOf(body, { signer: stranger }),
      'paypal-cert-url': certificateUrl(signer),
    },
  }),
  'under an authority that nobody trusts': (body) => ({
    body,
    headers: signatureOf(body, { signer: stranger }),
  }),
  'with its certificate on another host': (body) => ({
    body,
    headers: {
      ...signatureOf(body, { signer: stranger }),
      'paypal-cert-url': certificateUrl(stranger, addressOf(elsewhere)),
    },
  }),
  "with its certificate on a host that looks like PayPal's": (body) => ({
    body,
    headers: {
      ...signatureOf(body, { signer: stranger }),
      'paypal-cert-url': certificateUrl(stranger, 'https://api.paypal.com.evil.example'),
    },
  }),
  "with its certificate on PayPal's host, unencrypted": (body) => ({
    body,
    headers: {
      ...signatureOf(body),
      'paypal-cert-url': certificateUrl(signer, 'http://api.paypal.com'),
    },
  }),
  'of five days ago': (body) => ({
    body,
    headers: signatureOf(body, { atMs: Date.now() - 5 * 86_400_000 }),
  }),
  'of tomorrow': (body) => ({
    body,
    headers: signatureOf(body, { atMs: Date.now() + 86_400_000 }),
  }),
  'repeated under another transmission id': (body) => ({
    body,
    headers: { ...signatureOf(body), 'paypal-transmission-id': 'another-transmission' },
  }),
  'repeated with a fresh time': (body) => ({
    body,
    headers: {
      ...signatureOf(body, { atMs: Date.now() - 5 * 86_400_000 }),
      'paypal-transmission-time': new Date().toISOString(),
    },
  }),
  'without its signature': (body) => {
    const { 'paypal-transmission-sig': _signature, ...headers } = signatureOf(body);
    return { body, headers };
  },
  'by another algorithm': (body) => ({
    body,
    headers: { ...signatureOf(body), 'paypal-auth-algo': 'SHA1withRSA' },
  }),
  'without any header': (body) => ({ body, headers: {} }),
};

function signatureOf(
  body: string | Buffer,
  but: { signer?: Signer; webhookId?: string; atMs?: number } = {},
): Record<string, string> {
  const { webhookId } = CREDENTIALS;
  const publicUrl = addressOf(certificates);
  return signatureHeaders(body, { signer, webhookId, publicUrl, atMs: Date.now(), ...but });
}

const certificateUrl = ({ certificateId }: Signer, host = addressOf(certificates)): string =>
  `${host}/v1/notifications/certs/${certificateId}`;

const eventAbout = (orderId: string, id: string): string =>
  JSON.stringify({
    id,
    event_version: '1.0',
    create_time: '2026-11-21T13:00:00Z',
    resource_type: 'checkout-order',
    event_type: 'CHECKOUT.ORDER.APPROVED',
    summary: 'An order – für 100 € – has been approved by buyer',
    resource: { id: orderId, status: 'APPROVED' },
  });

async function openPayments(): Promise<string[]> {
  const rows = new Rows(test.pool);
  const auctionId = await rows.auction();
  const orders: string[] = [];
  for (let i = 1; i <= PAYMENTS; i += 1) {
    const offer = { bidderId: `bidder-${i}`, rank: i, state: 'lapsed' };
    const offerId = await rows.offer(auctionId, offer);
    await rows.payment(offerId, { orderId: `ORDER-${i}` });
    orders.push(`ORDER-${i}`);
  }
  return orders;
}

async function deliverAll(deliveries: readonly Delivery[]): Promise<Map<Delivery, number>> {
  const answers = new Map<Delivery, number>();
  let next = 0;
  const caller = async () => {
    for (let at = next++; at < deliveries.length; at = next++) {
      const delivery = deliveries[at]!;
      answers.set(delivery, await post(delivery));
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return answers;
}

const post = ({ headers, body }: Delivery): Promise<number> =>
  new Promise((resolve, reject) => {
    const type = { 'content-type': 'application/json' };
    request(url, { method: 'POST', agent, headers: { ...type, ...headers } }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode!));
    })
      .on('error', reject)
      .end(body);
  });

/** Several workers dispatch while the events come in, and until none waits any more. */
async function withDispatchers<T>(work: () => Promise<T>): Promise<T> {
  let coming = true;
  const deps = { database: test.database, log: pino({ level: 'silent' }) };
  const dispatcher = async () => {
    for (;;) {
      const last = !coming;
      if ((await dispatchNext(deps)) > 0) continue;
      if (last) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const dispatchers = Promise.all([dispatcher(), dispatcher(), dispatcher()]);
  const result = await work().finally(() => (coming = false));
  await dispatchers;
  return result;
}

async function inbox() {
  const { rows: found } = await test.pool.query(
    `SELECT count(*) AS events, count(*) FILTER (WHERE state = 'dispatched') AS dispatched,
            count(*) FILTER (WHERE event_id NOT LIKE 'WH-%') AS forged,
            sum(deliveries)::bigint AS deliveries FROM inbox`,
  );
  return found[0] as unknown;
}

async function serve(pemAt: (path: string) => string): Promise<Server> {
  const server = createServer((asked, response) => response.end(pemAt(asked.url ?? '')));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const addressOf = (server: Server): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Numbers from 0 to 1, the same ones every time. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

function shuffled<T>(given: readonly T[], random: () => number): T[] {
  const cards = [...given];
  for (let last = cards.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [cards[last], cards[other]] = [cards[other]!, cards[last]!];
  }
  return cards;
}
