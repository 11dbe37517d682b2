import { sign, verify } from 'node:crypto';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32 } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { PayPalUnreachable } from '../errors.ts';
import { UNREADABLE_EVENT, Webhooks } from '../webhooks.ts';
import { issueCertificate, makeAuthority } from './certificates.fixture.ts';
import type { Authority } from './certificates.fixture.ts';

// A certificate host of our own, under an authority of our own. The good delivery is PayPal's;
// each forgery changes one thing about it.
const WEBHOOK_ID = '8PT597110X687430LKGECATA';
const PATH = '/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270';
const DAY_MS = 24 * 60 * 60 * 1000;

let authority: Authority;
let privateKey: string;
let certificateServer: Server;
let served: Map<string, { status: number; body: string }>;
let fetches = 0;
let host: string;
let goodChain: string;

beforeAll(async () => {
  authority = await makeAuthority('CN=Test authority');
  const leaf = await issueCertificate(authority, { subject: 'CN=webhooks.example' });
  privateKey = leaf.privateKeyPem;
  goodChain = leaf.pem + authority.pem;
  certificateServer = createServer((request, response) => {
    fetches += 1;
    const { status, body } = served.get(request.url ?? '') ?? { status: 404, body: '' };
    response.writeHead(status, { location: `http://${host}${PATH}` }).end(body);
  });
  await new Promise<void>((resolve) => certificateServer.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(certificateServer.address() as AddressInfo).port}`;
});
beforeEach(() => {
  served = new Map([[PATH, { status: 200, body: goodChain }]]);
  fetches = 0;
});
afterEach(() => vi.useRealTimers());
afterAll(() => certificateServer.close());

const makeWebhooks = (changes: object = {}) =>
  new Webhooks({
    baseUrl: 'https://api-m.paypal.com',
    clientId: 'client',
    clientSecret: 'secret',
    partnerAttributionId: 'bn',
    webhookId: WEBHOOK_ID,
    certificateHost: host,
    certificateAuthorityPem: authority.pem,
    ...changes,
  });

const EVENT = {
  id: 'WH-2WR32451HC0233532-67976317FL4543714',
  event_type: 'PAYMENT.CAPTURE.COMPLETED',
  resource_type: 'capture',
  create_time: '2026-11-21T13:00:00Z',
  resource: { id: '2GG279541U471931P', note: 'für – Ω' },
};

/** A genuine delivery, but for what is asked to be different before it is signed. */
function deliver({
  body = Buffer.from(JSON.stringify(EVENT)),
  atMs = Date.now(),
  webhookId = WEBHOOK_ID,
  key = privateKey,
  path = PATH,
} = {}) {
  const id = '69cd13f0-d67a-11e5-baa3-778b53f4ae55';
  const time = new Date(atMs).toISOString();
  const message = Buffer.from(`${id}|${time}|${webhookId}|${crc32(body)}`);
  const headers: Record<string, string | string[] | undefined> = {
    'PayPal-Transmission-Id': id,
    'paypal-transmission-time': time,
    'paypal-transmission-sig': sign('RSA-SHA256', message, key).toString('base64'),
    'paypal-cert-url': `http://${host}${path}`,
    'paypal-auth-algo': 'SHA256withRSA',
  };
  return { headers, body };
}

const verdictOn = ({ headers, body }: ReturnType<typeof deliver>, webhooks = makeWebhooks()) =>
  webhooks.verify(headers, body);

describe('a genuine event', () => {
  it('is believed, whatever the case of the header names', async () => {
    expect(await verdictOn(deliver())).toEqual({ genuine: true, event: EVENT });
  });

  it.each(['{"id":1}', 'not json', '', '{"id":"a\\u0000","event_type":"X"}'])(
    'that nobody can read is believed all the same, and the same when it comes again: %s',
    async (text) => {
      const verdicts = [1, 2].map(() => verdictOn(deliver({ body: Buffer.from(text) })));
      const [first, second] = await Promise.all(verdicts);
      expect(first).toMatchObject({ genuine: true, event: { event_type: UNREADABLE_EVENT } });
      expect(second).toEqual(first);
    },
  );

  it('is believed for three days, as long as PayPal tries', async () => {
    const verdict = await verdictOn(deliver({ atMs: Date.now() - 3 * DAY_MS }));
    expect(verdict.genuine).toBe(true);
  });

  it('needs its certificate once', async () => {
    const webhooks = makeWebhooks();
    await verdictOn(deliver(), webhooks);
    await verdictOn(deliver(), webhooks);
    expect(fetches).toBe(1);
  });

  it('is judged later when its certificate cannot be fetched', async () => {
    served.set(PATH, { status: 503, body: '' });
    await expect(verdictOn(deliver())).rejects.toBeInstanceOf(PayPalUnreachable);
    const nowhere = makeWebhooks({ certificateHost: '127.0.0.1:1' });
    const delivery = deliver();
    delivery.headers['paypal-cert-url'] = `http://127.0.0.1:1${PATH}`;
    await expect(verdictOn(delivery, nowhere)).rejects.toMatchObject({ ambiguous: false });
  });

  it('may come under an intermediate authority', async () => {
    const intermediate = await makeAuthority('CN=Intermediate', authority);
    const leaf = await issueCertificate(intermediate, { subject: 'CN=leaf' });
    served.set(PATH, { status: 200, body: leaf.pem + intermediate.pem });
    expect(await verdictOn(deliver({ key: leaf.privateKeyPem }))).toMatchObject({ genuine: true });
  });
});

describe('a forgery', () => {
  const withHeader = (name: string, value: string | string[] | undefined) => {
    const delivery = deliver();
    delivery.headers[name] = value;
    return delivery;
  };
  const expectForged = async (delivery: ReturnType<typeof deliver>, reason: RegExp) => {
    const verdict = await verdictOn(delivery);
    expect(verdict).toEqual({ genuine: false, reason: expect.stringMatching(reason) });
  };

  it('with another body is refused', async () => {
    const delivery = deliver();
    const body = Buffer.from(delivery.body.toString().replace('2GG', '3GG'));
    await expectForged({ ...delivery, body }, /does not fit/);
  });

  it('that is the same JSON in other bytes is refused', async () => {
    const delivery = deliver();
    const body = Buffer.from(JSON.stringify(JSON.parse(delivery.body.toString()), null, 1));
    await expectForged({ ...delivery, body }, /does not fit/);
  });

  it('with another time or another id is refused', async () => {
    const otherTime = new Date(Date.now() - 1000).toISOString();
    await expectForged(withHeader('paypal-transmission-time', otherTime), /does not fit/);
    await expectForged(withHeader('PayPal-Transmission-Id', 'another'), /does not fit/);
  });

  it('made for the webhook of someone else is refused', async () => {
    await expectForged(deliver({ webhookId: 'SOMEONE_ELSES_ID' }), /does not fit/);
  });

  it.each(['PayPal-Transmission-Id', 'paypal-transmission-sig', 'paypal-cert-url'])(
    'without %s, or with two of it, is refused',
    async (name) => {
      await expectForged(withHeader(name, undefined), /missing/);
      await expectForged(withHeader(name, ['one', 'two']), /missing/);
    },
  );

  it.each(['SHA1withRSA', 'none', 'SHA256withECDSA', ''])(
    'by the algorithm "%s" is refused',
    (name) => expectForged(withHeader('paypal-auth-algo', name), /algorithm/),
  );

  it('that repeats an old event, or one of tomorrow, is refused', async () => {
    await expectForged(deliver({ atMs: Date.now() - 4.1 * DAY_MS }), /too old/);
    await expectForged(deliver({ atMs: Date.now() + 10 * 60_000 }), /future/);
    await expectForged(withHeader('paypal-transmission-time', 'yesterday'), /too old/);
  });

  it.each([
    'https://evil.example/v1/notifications/certs/CERT-1',
    'http://api.paypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1',
    'https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1',
    'https://evil.example/?https://api.paypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com:8443/v1/notifications/certs/CERT-1',
    'https://api.paypal.com/v1/notifications/certs/../../uploads/CERT-1',
    'https://api.paypal.com/v1/notifications/certs/%2e%2e/CERT-1',
    'https://api.paypal.com/uploads/CERT-1',
    'https://api.paypal.com\\.evil.example/v1/notifications/certs/CERT-1',
    'file:///v1/notifications/certs/CERT-1',
    'HTTPS://API.PAYPAL.COM/v1/notifications/certs/CERT-1',
  ])('with its certificate at %s is refused without a fetch', async (url) => {
    await expectForged(withHeader('paypal-cert-url', url), /not one of PayPal/);
    expect(fetches).toBe(0);
  });

  it('with a certificate of an authority that nobody trusts is refused', async () => {
    const stranger = await makeAuthority('CN=Test authority'); // The same name, another key.
    const leaf = await issueCertificate(stranger, { subject: 'CN=webhooks.example' });
    served.set(PATH, { status: 200, body: leaf.pem + stranger.pem });
    await expectForged(deliver({ key: leaf.privateKeyPem }), /trusted authority/);
    served.set(PATH, { status: 200, body: leaf.pem + authority.pem });
    await expectForged(deliver({ key: leaf.privateKeyPem }), /trusted authority/);
  });

  it('with a certificate that was issued by a mere signer is refused', async () => {
    const signer = await issueCertificate(authority, { subject: 'CN=signer' });
    const leaf = await issueCertificate(signer, { subject: 'CN=leaf' });
    served.set(PATH, { status: 200, body: leaf.pem + signer.pem + authority.pem });
    await expectForged(deliver({ key: leaf.privateKeyPem }), /trusted authority/);
  });

  it('with a certificate that has run out, or is not valid yet, is refused', async () => {
    for (const days of [
      [-20, -10],
      [10, 20],
    ] as const) {
      const leaf = await issueCertificate(authority, { subject: 'CN=leaf', days });
      served.set(PATH, { status: 200, body: leaf.pem + authority.pem });
      await expectForged(deliver({ key: leaf.privateKeyPem }), /not valid today/);
    }
  });

  it('signed by the authority itself is refused', async () => {
    served.set(PATH, { status: 200, body: authority.pem });
    await expectForged(deliver({ key: authority.privateKeyPem }), /an authority, not a signer/);
  });

  it('with a short key is refused', async () => {
    const leaf = await issueCertificate(authority, { subject: 'CN=leaf', keyBits: 1024 });
    served.set(PATH, { status: 200, body: leaf.pem });
    await expectForged(deliver({ key: leaf.privateKeyPem }), /too short/);
  });

  it.each([
    ['nothing', 404, ''],
    ['a page', 200, '<html>'],
    ['a redirect', 302, ''],
    ['a broken certificate', 200, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
    ['a flood', 200, ' '.repeat(100_000)],
  ])('whose certificate is %s is not believed', async (_what, status, body) => {
    served.set(PATH, { status, body });
    const verdict = await verdictOn(deliver()).catch((error: unknown) => error);
    // A redirect is not followed; as it may be PayPal's own trouble, PayPal is to send again.
    if (status === 302) expect(verdict).toBeInstanceOf(PayPalUnreachable);
    else expect(verdict).toMatchObject({ genuine: false });
  });

  it('with ever new URLs costs us a few fetches a minute, and genuine ones nothing', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const webhooks = makeWebhooks();
    expect(await verdictOn(deliver(), webhooks)).toMatchObject({ genuine: true });
    const made = Array.from({ length: 100 }, (_, i) => `/v1/notifications/certs/CERT-${i}`);
    const judged = await Promise.allSettled(
      made.map((path) => verdictOn(deliver({ path }), webhooks)),
    );
    expect(fetches).toBe(20);
    const later = judged.filter(({ status }) => status === 'rejected');
    expect(later).toHaveLength(100 - 19);

    // One that is known to be none is not asked for again, and PayPal's own goes on.
    expect(await verdictOn(deliver({ path: made[0]! }), webhooks)).toMatchObject({
      genuine: false,
    });
    expect(await verdictOn(deliver(), webhooks)).toMatchObject({ genuine: true });
    expect(fetches).toBe(20);

    vi.setSystemTime(Date.now() + 61_000);
    served.set(made[50]!, { status: 200, body: goodChain });
    expect(await verdictOn(deliver({ path: made[50]! }), webhooks)).toMatchObject({
      genuine: true,
    });
  });
});

it('stops believing a certificate that runs out while it is in the cache', async () => {
  const leaf = await issueCertificate(authority, { subject: 'CN=leaf', days: [-1, 1] });
  served.set(PATH, { status: 200, body: leaf.pem });
  const webhooks = makeWebhooks();
  const key = leaf.privateKeyPem;
  expect(await verdictOn(deliver({ key }), webhooks)).toMatchObject({ genuine: true });
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * DAY_MS });
  expect(await verdictOn(deliver({ key }), webhooks)).toMatchObject({ genuine: false });
});

it('takes the checksum that PayPal takes', () => {
  expect(crc32(Buffer.from('123456789'))).toBe(3_421_780_262);
  const { headers, body } = deliver();
  const message = `${String(headers['PayPal-Transmission-Id'])}|${String(headers['paypal-transmission-time'])}|${WEBHOOK_ID}|${crc32(body)}`;
  const signature = Buffer.from(String(headers['paypal-transmission-sig']), 'base64');
  expect(verify('RSA-SHA256', Buffer.from(message), goodChain, signature)).toBe(true);
});
