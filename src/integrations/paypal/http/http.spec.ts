import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPayPal, PayPalError, PayPalUnreachable } from '../index.ts';
import type { PayPal } from '../index.ts';

// A PayPal that does as each test says: the token call and one GET are enough to see every fault.
const SECRET = 'the-secret-that-must-not-leak';
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: ReturnType<typeof createServer>;
let paypal: PayPal;
let onToken: Answer;
let onCall: Answer;
let tokenCalls: number;
let calls: IncomingMessage[];

beforeEach(async () => {
  tokenCalls = 0;
  calls = [];
  onToken = giveToken(36_000);
  onCall = json(200, ORDER);
  server = createServer((request, response) => {
    request.resume();
    if (request.url === '/v1/oauth2/token') {
      tokenCalls += 1;
      onToken(request, response);
    } else {
      calls.push(request);
      onCall(request, response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  paypal = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const connect = (baseUrl: string) =>
  createPayPal({
    baseUrl,
    clientId: 'client',
    clientSecret: SECRET,
    partnerAttributionId: 'bn',
    webhookId: 'webhook',
    timeoutMs: 300,
  });

const ORDER = { id: 'ORDER1', status: 'CREATED' };
const PAID = { id: 'ORDER1', status: 'COMPLETED' };
const eur = (value: string) => ({ currency_code: 'EUR', value });
const CAPTURED = {
  id: 'CAPTURE1',
  status: 'COMPLETED',
  amount: eur('460.00'),
  seller_receivable_breakdown: { gross_amount: eur('460.00'), paypal_fee: eur('16.00') },
};
const json =
  (status: number, body: unknown): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', 'paypal-debug-id': 'd3b46' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
const giveToken =
  (lifetimeSeconds: number): Answer =>
  (request, response) =>
    json(200, {
      access_token: `token-${tokenCalls}`,
      token_type: 'Bearer',
      expires_in: lifetimeSeconds,
    })(request, response);
const hang: Answer = () => undefined;
const reset: Answer = (request) => request.socket.resetAndDestroy();
const faultOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('the access token', () => {
  it('is fetched once for many first calls', async () => {
    await Promise.all(Array.from({ length: 10 }, () => paypal.orders.get('ORDER1')));
    expect(tokenCalls).toBe(1);
    expect(new Set(calls.map(({ headers }) => headers.authorization))).toEqual(
      new Set(['Bearer token-1']),
    );
  });

  it('is fetched again after its fetch has failed', async () => {
    onToken = json(503, {});
    const fault = await faultOf(paypal.orders.get('ORDER1'));
    expect(fault).toBeInstanceOf(PayPalUnreachable);
    expect(fault).toMatchObject({ ambiguous: false, transient: true, cause: { code: 'HTTP_503' } });
    onToken = giveToken(36_000);
    expect(await paypal.orders.get('ORDER1')).toMatchObject({ orderId: 'ORDER1' });
  });

  it('is fetched again shortly before it runs out', async () => {
    onToken = giveToken(30); // Less than the 60 seconds of grace.
    expect(await faultOf(paypal.orders.get('ORDER1'))).toBeInstanceOf(PayPalUnreachable);
    onToken = giveToken(36_000);
    await paypal.orders.get('ORDER1');
    expect(tokenCalls).toBe(2);
  });

  it('is replaced when PayPal refuses it, and the call is made again', async () => {
    await paypal.orders.get('ORDER1');
    onCall = (request, response) =>
      request.headers.authorization === 'Bearer token-1'
        ? json(401, { name: 'AUTHENTICATION_FAILURE' })(request, response)
        : json(200, ORDER)(request, response);
    expect(await paypal.orders.get('ORDER1')).toMatchObject({ orderId: 'ORDER1' });
    expect(tokenCalls).toBe(2);
  });

  it('is replaced once only, when the fault is not the token', async () => {
    onCall = json(401, { name: 'AUTHENTICATION_FAILURE', debug_id: 'abc' });
    expect(await faultOf(paypal.orders.get('ORDER1'))).toMatchObject({
      name: 'PayPalError',
      status: 401,
      transient: true,
      ambiguous: false,
    });
    expect(calls).toHaveLength(2);
  });

  it('that credentials do not get is a fault without an effect', async () => {
    onToken = json(401, { error: 'invalid_client', error_description: SECRET });
    const fault = await faultOf(paypal.orders.get('ORDER1'));
    expect(fault).toMatchObject({ ambiguous: false, credentialsRefused: true });
  });
});

describe('a fault', () => {
  it.each([
    ['no answer in time', hang, 'ECONNABORTED'],
    ['a reset', reset, 'ECONNRESET'],
  ])('%s is ambiguous', async (_what, answer, code) => {
    onCall = answer;
    const fault = await faultOf(paypal.orders.get('ORDER1'));
    expect(fault).toBeInstanceOf(PayPalUnreachable);
    expect(fault).toMatchObject({ ambiguous: true, transient: true, cause: { code } });
  });

  it('no connection is not ambiguous', async () => {
    const nowhere = connect('http://127.0.0.1:1');
    expect(await faultOf(nowhere.orders.get('ORDER1'))).toMatchObject({
      name: 'PayPalUnreachable',
      ambiguous: false,
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('of PayPal keeps what its support asks for', async () => {
    const details = [{ issue: 'INVALID_RESOURCE_ID', description: 'There is no such order.' }];
    onCall = json(404, { name: 'RESOURCE_NOT_FOUND', debug_id: 'f1e2d3', details });
    const fault = await faultOf(paypal.captures.get('CAPTURE1'));
    expect(fault).toBeInstanceOf(PayPalError);
    expect(fault).toMatchObject({
      status: 404,
      issue: 'INVALID_RESOURCE_ID',
      debugId: 'f1e2d3',
      transient: false,
      ambiguous: false,
      message:
        'PayPal 404 INVALID_RESOURCE_ID on captures.get (debug id f1e2d3): There is no such order.',
    });
  });

  it.each([
    [500, { name: 'INTERNAL_SERVER_ERROR' }, true, true],
    [502, '<html>Bad gateway</html>', true, true],
    [503, '', true, true],
    [429, { name: 'RATE_LIMIT_REACHED' }, true, false],
    [403, { name: 'NOT_AUTHORIZED', details: [{ issue: 'PERMISSION_DENIED' }] }, false, false],
  ])('%i: transient and ambiguous are right', async (status, body, transient, ambiguous) => {
    onCall = json(status, body);
    const fault = await faultOf(paypal.orders.get('ORDER1'));
    expect(fault).toBeInstanceOf(PayPalError);
    expect(fault).toMatchObject({ status, transient, ambiguous });
  });

  it.each([
    ['another shape', { id: 17, status: [] }],
    ['nothing', {}],
    ['a page', '<html>'],
  ])('an answer with %s is thrown as ambiguous', async (_what, body) => {
    onCall = json(200, body);
    const fault = await faultOf(paypal.orders.get('ORDER1'));
    expect(fault).toMatchObject({ issue: 'UNREADABLE_ANSWER', ambiguous: true, transient: false });
  });

  it.each([
    ['of an order', { id: 'ORDER1', status: 'FLYING' }, { status: 'unknown' }],
    [
      'of a capture: nobody knows yet whether it was taken',
      { ...PAID, purchase_units: [{ payments: { captures: [{ ...CAPTURED, status: 'NEW' }] } }] },
      { seen: 'capture unknown', capture: { status: 'unknown', amountMinor: 46_000 } },
    ],
    [
      'beside a field that nobody reads and that has another shape',
      { ...PAID, purchase_units: [{ shipping: 7, payments: { captures: [CAPTURED] } }] },
      { capture: { status: 'completed', amountMinor: 46_000, paypalFeeMinor: 1_600 } },
    ],
  ])('is not a status that we do not know %s', async (_what, body, told) => {
    onCall = json(200, body);
    expect(await paypal.orders.get('ORDER1')).toMatchObject(told);
  });

  it('is not a payout of which PayPal says less than usual: that is pending', async () => {
    onCall = json(200, { batch_header: {}, items: [{ payout_item_fee: { value: 1 } }, {}] });
    expect(await paypal.payouts.get('BATCH1')).toMatchObject({ status: 'pending', feeMinor: 0 });
    onCall = json(200, { item_id: 'ITEM1' });
    expect(await paypal.referencedPayouts.get('ITEM1')).toMatchObject({ status: 'pending' });
    const odd = { processing_state: { status: 'SUCCESS' }, payout_amount: { value: 7 } };
    onCall = json(200, { item_id: 'ITEM1', ...odd });
    expect(await paypal.referencedPayouts.get('ITEM1')).toMatchObject({ status: 'succeeded' });
  });

  it('is not a capture of which PayPal has not said what it takes: that is pending, and asked for itself', async () => {
    const { seller_receivable_breakdown: shares, ...bare } = CAPTURED;
    const order = { ...PAID, purchase_units: [{ payments: { captures: [bare] } }] };
    const request = { orderId: 'ORDER1', requestId: 'r', sellerMerchantId: null };
    onCall = (asked, response) =>
      json(200, asked.url?.includes('/captures/') ? bare : order)(asked, response);
    expect(await paypal.orders.capture(request)).toMatchObject({
      outcome: 'pending',
      capture: { pendingReason: 'SHARES_UNKNOWN', amountMinor: 46_000 },
    });
    const whole = { ...bare, seller_receivable_breakdown: shares };
    onCall = (asked, response) =>
      json(200, asked.url?.includes('/captures/') ? whole : order)(asked, response);
    expect(await paypal.orders.capture(request)).toMatchObject({
      outcome: 'captured',
      capture: { paypalFeeMinor: 1_600, orderId: 'ORDER1' },
    });
  });

  it('is not a dispute in a list that cannot be read: the others are', async () => {
    const items = [null, {}, { dispute_id: 'PP-D-1' }, { dispute_id: 7 }, { dispute_id: 'PP-D-2' }];
    onCall = json(200, { items });
    const listed = [];
    for await (const line of paypal.disputes.updatedSince(new Date())) listed.push(line);
    expect(listed).toMatchObject([
      { raw: null },
      { raw: {} },
      'PP-D-1',
      { raw: { dispute_id: 7 } },
      'PP-D-2',
    ]);
  });

  it('never shows the secret or the token', async () => {
    const faults: unknown[] = [];
    for (const answer of [hang, reset, json(500, {}), json(403, {}), json(200, '<html>')]) {
      onCall = answer;
      faults.push(await faultOf(paypal.orders.get('ORDER1')));
    }
    for (const answer of [hang, reset, json(500, {}), json(401, {})]) {
      onToken = answer;
      const fresh = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      faults.push(await faultOf(fresh.orders.get('ORDER1')));
    }
    const basic = Buffer.from(`client:${SECRET}`).toString('base64');
    for (const fault of faults) {
      const shown = inspect(fault, { depth: 20, showHidden: true });
      expect(fault).toBeInstanceOf(Error);
      expect(shown).not.toContain(SECRET);
      expect(shown).not.toContain(basic);
      expect(shown).not.toContain('token-1');
    }
  });
});
