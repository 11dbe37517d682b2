import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPayPal, type PayPal } from './index.ts';

// The SDK leaves out what is missing: a refund without an amount gives back all, one without a capture's id
// goes to another address. Whatever is missing, PayPal is asked nothing.

let server: Server;
let paypal: PayPal;
let calls: string[];
let answer: object = {};

beforeAll(async () => {
  server = createServer((request, response) => {
    const isToken = request.url === '/v1/oauth2/token';
    if (!isToken) calls.push(`${request.method} ${request.url}`);
    const token = { access_token: 'token', token_type: 'Bearer', expires_in: 36_000 };
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isToken ? token : answer));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  paypal = createPayPal({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clientId: 'client',
    clientSecret: 'secret',
    partnerAttributionId: 'bn',
    webhookId: 'webhook',
  });
});
beforeEach(() => {
  calls = [];
});
afterAll(() => server.close());

const seller = { requestId: 'key', sellerMerchantId: 'MERCHANT' };
const refund = {
  ...seller,
  captureId: 'CAPTURE1',
  amountMinor: 1_000,
  currency: 'EUR',
  invoiceId: 'refund-1',
} as const;
const missing = undefined as unknown as never;

describe('PayPal is asked nothing', () => {
  it.each([missing, 0, -1, Number.NaN, 10.5, null as unknown as number])(
    'when the amount of a refund is %s',
    async (amountMinor) => {
      await expect(paypal.captures.refund({ ...refund, amountMinor })).rejects.toThrow(RangeError);
      expect(calls).toEqual([]);
    },
  );

  const asks: Record<string, (id: string) => Promise<unknown>> = {
    'of a capture': (id) => paypal.captures.get(id),
    'of a capture to be refunded': (captureId) => paypal.captures.refund({ ...refund, captureId }),
    'of an order': (id) => paypal.orders.get(id),
    'of an order to be captured': (orderId) => paypal.orders.capture({ ...seller, orderId }),
    'of an order to be authorised': (orderId) => paypal.orders.authorize({ ...seller, orderId }),
    'of an authorization to be voided': (authorizationId) =>
      paypal.authorizations.void({ authorizationId, sellerMerchantId: null }),
    'of a refund': (id) => paypal.refunds.get(id),
    'of a refund’s order': (orderId) =>
      paypal.refunds.find({ orderId, invoiceId: 'refund-1', amountMinor: 1_000 }),
    'of a capture to be released': (captureId) =>
      paypal.referencedPayouts.release({ ...seller, captureId }),
    'of a release': (id) => paypal.referencedPayouts.get(id),
    'of a payout': (id) => paypal.payouts.get(id),
    'of a dispute': (id) => paypal.disputes.get(id),
  };
  it.each(Object.entries(asks))('when the id %s is empty', async (_what, ask) => {
    for (const id of ['', ' ', missing]) await expect(ask(id)).rejects.toThrow(RangeError);
    expect(calls).toEqual([]);
  });
});

it('a refund of another amount than was asked for is not taken for ours', async () => {
  const given = { id: 'REFUND1', status: 'COMPLETED', invoice_id: 'refund-1' };
  answer = { ...given, amount: { currency_code: 'EUR', value: '460.00' } };
  await expect(paypal.captures.refund(refund)).rejects.toMatchObject({
    issue: 'UNREADABLE_ANSWER',
    ambiguous: true,
  });
  answer = { ...given, amount: { currency_code: 'EUR', value: '10.00' } };
  expect(await paypal.captures.refund(refund)).toMatchObject({ outcome: 'refunded' });
});
