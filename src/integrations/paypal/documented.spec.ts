import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changed, documented, documentsAreAtHand, type Json } from './documented.fixture.ts';
import { createPayPal, type PayPal } from './index.ts';
import { readEvent } from './webhooks.ts';

// Whatever PayPal's documents call optional may be missing, a list of values may grow, and fields may be
// added. Each body that is made from the documents is read once for each of these; the money that it tells
// of stays the same, or the reader says that it cannot tell.

const money = (value: string) => ({ currency_code: 'EUR', value });
const CAPTURE = {
  id: 'CAPTURE',
  status: 'COMPLETED',
  amount: money('460.00'),
  custom_id: 'payment',
  create_time: '2026-11-21T13:00:00Z',
  seller_receivable_breakdown: {
    gross_amount: money('460.00'),
    paypal_fee: money('16.45'),
    platform_fees: [{ amount: money('100.00') }],
    net_amount: money('343.55'),
    receivable_amount: money('343.55'),
    exchange_rate: { source_currency: 'EUR', target_currency: 'EUR', value: '1' },
  },
};
const REFUND = {
  id: 'REFUND',
  status: 'COMPLETED',
  amount: money('10.00'),
  invoice_id: 'invoice',
  seller_payable_breakdown: {
    gross_amount: money('10.00'),
    paypal_fee: money('0.00'),
    platform_fees: [{ amount: money('2.17') }],
    net_amount: money('7.83'),
    total_refunded_amount: money('10.00'),
  },
};
const ORDER = {
  id: 'ORDER',
  status: 'COMPLETED',
  purchase_units: [{ payments: { captures: [CAPTURE], refunds: [REFUND] } }],
};
const LINE = {
  transaction_info: {
    transaction_id: 'CAPTURE',
    transaction_event_code: 'T0006',
    transaction_initiation_date: '2026-11-21T13:00:00Z',
    transaction_amount: money('460.00'),
    fee_amount: money('-16.45'),
    transaction_status: 'S',
  },
};
const DISPUTE = {
  dispute_id: 'PP-D-1',
  status: 'UNDER_REVIEW',
  dispute_amount: money('460.00'),
  disputed_transactions: [{ seller_transaction_id: 'CAPTURE' }],
};

let server: Server;
let paypal: PayPal;
let answer: Json;

/** What the readers make of a body: facts of money, or that it cannot be told. */
const NOT_TOLD = 'cannot be told';

interface Reading {
  readonly of: string;
  readonly document: string;
  readonly schema: string;
  readonly known: { [name: string]: Json };
  readonly read: () => Promise<unknown>;
  /** Fields without which nobody can tell. */
  readonly needed: RegExp;
}

const captureFacts = (capture: Awaited<ReturnType<PayPal['captures']['get']>> | undefined) =>
  capture && {
    id: capture.captureId,
    amount: [capture.amountMinor, capture.currency],
    shares: capture.sharesUnknown
      ? NOT_TOLD
      : [capture.paypalFeeMinor, capture.platformFeeMinor, capture.netMinor],
  };
const refundFacts = (refund: Awaited<ReturnType<PayPal['refunds']['get']>>) => ({
  id: refund.refundId,
  amount: [refund.amountMinor, refund.currency],
});

const READINGS: readonly Reading[] = [
  {
    of: 'a capture',
    document: 'payments_payment_v2',
    schema: 'capture-2',
    known: CAPTURE,
    read: async () => captureFacts(await paypal.captures.get('CAPTURE')),
    needed: /^(id|status)$/,
  },
  {
    of: 'a refund',
    document: 'payments_payment_v2',
    schema: 'refund',
    known: REFUND,
    read: async () => refundFacts(await paypal.refunds.get('REFUND')),
    needed: /^(id|status)$/,
  },
  {
    of: 'an order',
    document: 'checkout_orders_v2',
    schema: 'order',
    known: ORDER,
    read: async () => {
      const { orderId, capture, refunds } = await paypal.orders.get('ORDER');
      return {
        orderId,
        capture: captureFacts(capture),
        refunds: refunds ? refunds.map(refundFacts) : NOT_TOLD,
      };
    },
    needed:
      /^(id|status|purchase_units|purchase_units\.0\.payments(\.captures(\.0\.(id|status))?|\.refunds(\.0\.(id|status))?)?)$/,
  },
  {
    of: 'a line of the report',
    document: 'reporting_transactions_v1',
    schema: 'transaction_detail',
    known: LINE,
    read: async () => {
      const whole = { transaction_details: [LINE, answer] };
      const [first, second, ...more] = await linesOf(whole);
      expect([first, more]).toMatchObject([{ transactionId: 'CAPTURE', amountMinor: 46_000 }, []]);
      if ('unread' in second!) return NOT_TOLD;
      const { transactionId, amountMinor, currency, eventCode } = second!;
      return { transactionId, amountMinor, currency, eventCode };
    },
    needed: /^transaction_info(\.transaction_(id|event_code|initiation_date|amount))?$/,
  },
  {
    of: 'a page of the report',
    document: 'reporting_transactions_v1',
    schema: 'search_response',
    known: { transaction_details: [LINE], total_pages: 1 },
    read: async () =>
      (await linesOf(answer)).map((line) => ('unread' in line ? line.unread : line.amountMinor)),
    needed: /^transaction_details(\.0\.transaction_info(\.transaction_\w+)?)?$/,
  },
];

async function linesOf(page: Json) {
  answer = page;
  const lines = [];
  const [from, to] = [new Date('2026-11-20T00:00:00Z'), new Date('2026-11-22T00:00:00Z')];
  for await (const line of paypal.transactions.search(from, to)) lines.push(line);
  return lines;
}

const outcomeOf = (read: () => Promise<unknown>): Promise<unknown> =>
  read().catch((error: { issue?: string }) => {
    if (error.issue === 'UNREADABLE_ANSWER') return NOT_TOLD;
    throw error;
  });

describe.skipIf(!documentsAreAtHand)("what PayPal's documents allow", () => {
  beforeAll(async () => {
    server = createServer((request, response) => {
      const token = { access_token: 'token', token_type: 'Bearer', expires_in: 36_000 };
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(request.url?.startsWith('/v1/oauth2') ? token : answer));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    paypal = createPayPal({
      clientId: 'client',
      clientSecret: 'secret',
      webhookId: 'WH',
      partnerAttributionId: 'GAVEL_TESTS',
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    });
  });
  afterAll(() => server?.close());

  describe.each(READINGS)('of $of', ({ document, schema, known, read, needed }) => {
    const given = () => documented(document, schema, known);

    it('is read whole, and tells what it tells', async () => {
      answer = given().body;
      expect(JSON.stringify(await outcomeOf(read))).not.toContain(NOT_TOLD);
    });

    it('is read without any field that is optional', async () => {
      const { body, optional } = given();
      expect(optional.length).toBeGreaterThan(5);
      answer = body;
      const whole = await outcomeOf(read);
      for (const path of optional) {
        answer = changed(body, path);
        const told = await outcomeOf(read);
        if (JSON.stringify(told) === JSON.stringify(whole)) continue;
        const name = path.join('.');
        // Less may be told, and only so that it shows; never another amount.
        expect(
          needed.test(name) || JSON.stringify(told).includes(NOT_TOLD),
          `without ${name}`,
        ).toBe(true);
      }
    });

    it('is read with values that PayPal has added to its lists', async () => {
      const { body, listed } = given();
      answer = body;
      const whole = await outcomeOf(read);
      for (const path of listed) {
        answer = changed(body, path, 'ADDED_SINCE');
        expect(await outcomeOf(read), path.join('.')).toEqual(whole);
      }
    });

    it('is read with fields that PayPal has added', async () => {
      answer = given().body;
      const whole = await outcomeOf(read);
      answer = { ...given().body, added: [{ since: true }], added_too: null };
      expect(await outcomeOf(read)).toEqual(whole);
    });
  });

  it('of a webhook’s event is kept under a name, whatever is missing', () => {
    const known = { id: 'WH-1', event_type: 'PAYMENT.CAPTURE.COMPLETED', resource: CAPTURE };
    const { body, optional } = documented('notifications_webhooks_v1', 'event', known);
    expect(optional.length).toBeGreaterThan(5);
    for (const path of optional) {
      const verdict = readEvent(Buffer.from(JSON.stringify(changed(body, path))));
      expect(verdict, path.join('.')).toMatchObject({
        genuine: true,
        event: { id: expect.stringMatching(/./) as string },
      });
    }
  });

  it('of a dispute is read without any field that is optional', async () => {
    const { body, optional } = documented('customer_disputes_v1', 'dispute', DISPUTE);
    const unreadable: string[] = [];
    for (const path of optional) {
      answer = changed(body, path);
      const told = await outcomeOf(() => paypal.disputes.get('PP-D-1'));
      if (told === NOT_TOLD) unreadable.push(path.join('.'));
    }
    // Without its own id and status there is no telling what it is.
    const allowed = ['dispute_id', 'status'];
    expect(unreadable.filter((name) => !allowed.includes(name))).toEqual([]);
  });
});
