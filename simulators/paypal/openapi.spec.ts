import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPayPal } from '../../src/integrations/paypal/index.ts';
import { anOrder, CREDENTIALS, SELLER, startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

// PayPal's published OpenAPI documents are kept outside of the repository. Where they are at hand,
// every answer of the simulator, and every body of the client, is held against them.
const DOCUMENTS = resolve(import.meta.dirname, '../../../shared/paypal/openapi');

type Json = Record<string, unknown>;
type Operation = {
  responses: Record<string, { content?: Record<string, { schema: Json }>; $ref?: string }>;
  requestBody?: { content: Record<string, { schema: Json }> };
};

describe.skipIf(!existsSync(DOCUMENTS))("PayPal's OpenAPI documents", () => {
  let harness: Harness;
  let token: string;
  beforeAll(async () => {
    harness = await startHarness();
    const credentials = `${CREDENTIALS.clientId}:${CREDENTIALS.clientSecret}`;
    const { body } = await call('POST', '/v1/oauth2/token', {
      headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
      form: 'grant_type=client_credentials',
    });
    token = String(body.access_token);
  });
  afterAll(() => harness.close());

  it('describe orders, captures and refunds as they are answered', async () => {
    const created = await call('POST', '/v2/checkout/orders', {
      json: orderJson(),
      representation: true,
    });
    expectAnswer('checkout_orders_v2', 'post', '/v2/checkout/orders', created);
    const id = String(created.body.id);
    await harness.control('POST', `orders/${id}/approve`);

    const order = `/v2/checkout/orders/${id}`;
    const captured = await call('POST', `${order}/capture`, { key: 'k1', representation: true });
    expect(captured.status).toBe(201);
    expectAnswer('checkout_orders_v2', 'post', '/v2/checkout/orders/{id}/capture', captured);
    const repeated = await call('POST', `${order}/capture`, { key: 'k1' });
    expect(repeated).toEqual({ status: 200, body: captured.body });

    const captureId = captureIdOf(captured.body);
    const capture = `/v2/payments/captures/${captureId}`;
    const json = { amount: { currency_code: 'USD', value: '12.34' }, invoice_id: 'R-1' };
    expectBody('payments_payment_v2', 'post', '/v2/payments/captures/{capture_id}/refund', json);
    const refunded = await call('POST', `${capture}/refund`, { key: 'r1', json });
    expect(refunded.status).toBe(201);
    expectAnswer(
      'payments_payment_v2',
      'post',
      '/v2/payments/captures/{capture_id}/refund',
      refunded,
    );
    expectAnswer(
      'payments_payment_v2',
      'get',
      '/v2/payments/refunds/{refund_id}',
      await call('GET', `/v2/payments/refunds/${String(refunded.body.id)}`),
    );
    expectAnswer(
      'payments_payment_v2',
      'get',
      '/v2/payments/captures/{capture_id}',
      await call('GET', capture),
    );
    // Also with refunds in it.
    expectAnswer('checkout_orders_v2', 'get', '/v2/checkout/orders/{id}', await call('GET', order));
  });

  it('describe authorizations as they are answered', async () => {
    const { purchase_units: units } = orderJson();
    const unit = { ...units[0], payment_instruction: undefined };
    const json = { intent: 'AUTHORIZE', purchase_units: [unit] };
    const { body } = await call('POST', '/v2/checkout/orders', { json });
    await harness.control('POST', `orders/${String(body.id)}/approve`);
    const order = `/v2/checkout/orders/${String(body.id)}`;
    const authorised = await call('POST', `${order}/authorize`, {
      key: 'a1',
      representation: true,
    });
    expect(authorised.status).toBe(201);
    expectAnswer('checkout_orders_v2', 'post', '/v2/checkout/orders/{id}/authorize', authorised);

    type Units = { payments: { authorizations: { id: string }[] } }[];
    const { id } = (authorised.body.purchase_units as Units)[0]!.payments.authorizations[0]!;
    const path = '/v2/payments/authorizations/{authorization_id}';
    const authorization = `/v2/payments/authorizations/${id}`;
    expectAnswer('payments_payment_v2', 'get', path, await call('GET', authorization));
    const instruction = { payment_instruction: units[0]!.payment_instruction };
    const captured = await call('POST', `${authorization}/capture`, { json: instruction });
    expect(captured.status).toBe(201);
    expectAnswer('payments_payment_v2', 'post', `${path}/capture`, captured);
    const again = await call('POST', `${authorization}/void`);
    expect(issueOf(again.body)).toBe('PREVIOUSLY_CAPTURED');
    expectAnswer('payments_payment_v2', 'post', `${path}/void`, again);
    // Also with an authorization in it.
    expectAnswer('checkout_orders_v2', 'get', '/v2/checkout/orders/{id}', await call('GET', order));
  });

  it('describe disputes and transactions as they are answered', async () => {
    const { body } = await call('POST', '/v2/checkout/orders', { json: orderJson() });
    await harness.control('POST', `orders/${String(body.id)}/approve`);
    const captured = await call('POST', `/v2/checkout/orders/${String(body.id)}/capture`);
    const { disputeId } = await harness.control<{ disputeId: string }>(
      'POST',
      `captures/${captureIdOf(captured.body)}/dispute`,
    );
    const path = '/v1/customer/disputes/{id}';
    const dispute = () => call('GET', `/v1/customer/disputes/${disputeId}`);
    expectAnswer('customer_disputes_v1', 'get', path, await dispute());
    await harness.control('POST', `disputes/${disputeId}/move`, { stage: 'CHARGEBACK' });
    expectAnswer('customer_disputes_v1', 'get', path, await dispute());
    const lost = { outcome: 'RESOLVED_BUYER_FAVOUR', refundedMinor: 100 };
    await harness.control('POST', `disputes/${disputeId}/resolve`, lost);
    expectAnswer('customer_disputes_v1', 'get', path, await dispute());
    const list = '/v1/customer/disputes';
    expectAnswer('customer_disputes_v1', 'get', list, await call('GET', list));

    const from = new Date(Date.now() - 86_400_000).toISOString();
    const to = new Date(Date.now() + 86_400_000).toISOString();
    const report = '/v1/reporting/transactions';
    const found = await call('GET', `${report}?start_date=${from}&end_date=${to}&page_size=2`);
    expectAnswer('reporting_transactions_v1', 'get', report, found);
  });

  it('describe the errors as they are answered', async () => {
    const orders = '/v2/checkout/orders';
    const malformed = await call('POST', orders, { text: '{' });
    expect(malformed).toMatchObject({ status: 400, body: { name: 'INVALID_REQUEST' } });
    expectAnswer('checkout_orders_v2', 'post', orders, malformed);

    const tooPrecise = orderJson();
    tooPrecise.purchase_units[0]!.amount.value = '1.001';
    const refused = await call('POST', orders, { json: tooPrecise });
    expect(issueOf(refused.body)).toBe('DECIMAL_PRECISION');
    expectAnswer('checkout_orders_v2', 'post', orders, refused);

    const missing = await call('GET', `${orders}/NOSUCHORDER`);
    expect(issueOf(missing.body)).toBe('INVALID_RESOURCE_ID');
    expectAnswer('checkout_orders_v2', 'get', `${orders}/{id}`, missing);

    const { body } = await call('POST', orders, { json: orderJson() });
    const capture = `${orders}/${String(body.id)}/capture`;
    const early = await call('POST', capture);
    expect(issueOf(early.body)).toBe('ORDER_NOT_APPROVED');
    expectAnswer('checkout_orders_v2', 'post', `${orders}/{id}/capture`, early);

    const stranger = await call('GET', `${orders}/X`, { headers: { authorization: 'Bearer no' } });
    expect(stranger).toMatchObject({ status: 401, body: { name: 'AUTHENTICATION_FAILURE' } });
    expectAnswer('checkout_orders_v2', 'get', `${orders}/{id}`, stranger);
  });

  it('describe the bodies that the client sends', async () => {
    const { sent, paypal, close } = await recordingClient();
    const refund = {
      captureId: '2GG279541U471931P',
      requestId: 'refund-sent',
      sellerMerchantId: SELLER,
      amountMinor: 100,
      currency: 'USD' as const,
      invoiceId: 'REFUND-SENT',
      note: 'Sorry',
    };
    const refused = { issue: 'TRANSACTION_REFUSED' };
    await expect(paypal.orders.create(anOrder())).resolves.toMatchObject(refused);
    await expect(paypal.captures.refund(refund)).resolves.toMatchObject(refused);
    const authorise = anOrder({ intent: 'authorise' });
    await expect(paypal.orders.create(authorise)).resolves.toMatchObject(refused);
    const capture = paypal.authorizations.capture({
      authorizationId: '0AW2184448108334S',
      orderId: '5O190127TN364715T',
      requestId: 'capture-sent',
      sellerMerchantId: SELLER,
      disbursement: 'delayed',
      platformFeeMinor: 4_485,
      currency: 'USD',
    });
    await expect(capture).resolves.toMatchObject(refused);
    close();
    expect(sent).toHaveLength(4);
    expectBody('checkout_orders_v2', 'post', '/v2/checkout/orders', sent[0]!);
    const path = '/v2/payments/captures/{capture_id}/refund';
    expectBody('payments_payment_v2', 'post', path, sent[1]!);
    expectBody('checkout_orders_v2', 'post', '/v2/checkout/orders', sent[2]!);
    expect(sent[2]).not.toHaveProperty(['purchase_units', 0, 'payment_instruction']);
    const capturePath = '/v2/payments/authorizations/{authorization_id}/capture';
    expectBody('payments_payment_v2', 'post', capturePath, sent[3]!);
  });

  it('describe the events that arrive', async () => {
    await harness.approvedOrder();
    await expect.poll(() => harness.received.length).toBeGreaterThanOrEqual(4);
    const validate = validator('notifications_webhooks_v1', '/components/schemas/event');
    for (const { json } of harness.received) {
      expect([validate(json), validate.errors]).toEqual([true, null]);
    }
  });

  async function call(
    method: string,
    path: string,
    options: {
      json?: unknown;
      form?: string;
      text?: string;
      key?: string;
      representation?: boolean;
      headers?: Record<string, string>;
    } = {},
  ): Promise<{ status: number; body: Json }> {
    const json = options.json === undefined ? options.text : JSON.stringify(options.json);
    const type = options.form ? 'application/x-www-form-urlencoded' : 'application/json';
    const response = await fetch(harness.simulator.url + path, {
      method,
      headers: {
        'content-type': type,
        authorization: `Bearer ${token}`,
        ...(options.key && { 'paypal-request-id': options.key }),
        ...(options.representation && { prefer: 'return=representation' }),
        ...options.headers,
      },
      body: options.form ?? json,
    });
    return { status: response.status, body: (await response.json()) as Json };
  }
});

/** A client whose PayPal notes every body and refuses every call. */
async function recordingClient() {
  const sent: Json[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const isTokenCall = request.url === '/v1/oauth2/token';
      if (!isTokenCall) sent.push(JSON.parse(Buffer.concat(parts).toString()) as Json);
      const token = { access_token: 'token', token_type: 'Bearer', expires_in: 600 };
      const refusal = { details: [{ issue: 'TRANSACTION_REFUSED' }] };
      response.writeHead(isTokenCall ? 200 : 422, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isTokenCall ? token : refusal));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const paypal = createPayPal({
    ...CREDENTIALS,
    baseUrl: `http://127.0.0.1:${port}`,
    partnerAttributionId: 'GAVEL_TESTS',
  });
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { sent, paypal, close };
}

function orderJson() {
  const order = anOrder();
  return {
    intent: 'CAPTURE',
    purchase_units: [
      {
        amount: { currency_code: 'USD', value: '420.00' },
        payee: { merchant_id: SELLER },
        payment_instruction: {
          disbursement_mode: 'DELAYED',
          platform_fees: [{ amount: { currency_code: 'USD', value: '44.85' } }],
        },
        invoice_id: order.invoiceId,
        custom_id: order.referenceId,
      },
    ],
  };
}

const captureIdOf = (order: Json): string => {
  type Units = { payments: { captures: { id: string }[] } }[];
  return (order.purchase_units as Units)[0]!.payments.captures[0]!.id;
};
const issueOf = (body: Json) => (body.details as { issue: string }[])[0]!.issue;

const documents = new Map<string, { json: Json; ajv: Ajv }>();

function load(name: string) {
  const known = documents.get(name);
  if (known) return known;
  const json = JSON.parse(readFileSync(`${DOCUMENTS}/${name}.json`, 'utf8')) as Json;
  // OpenAPI 3.0 is not quite JSON schema: unknown keywords and PayPal's own formats are let be.
  const ajv = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false });
  ajv.addSchema({ $id: name, ...json });
  documents.set(name, { json, ajv });
  return { json, ajv };
}

function validator(name: string, pointer: string): ValidateFunction {
  const { ajv } = load(name);
  return ajv.getSchema(`${name}#${pointer}`) ?? ajv.compile({ $ref: `${name}#${pointer}` });
}

const escapePointer = (part: string) =>
  encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'));

function expectAnswer(
  name: string,
  method: string,
  path: string,
  answer: { status: number; body: Json },
): void {
  const operation = (load(name).json.paths as Record<string, Record<string, Operation>>)[path]![
    method
  ]!;
  const documented =
    answer.status in operation.responses ? String(answer.status) : altStatus(operation);
  const pointer = `/paths/${escapePointer(path)}/${method}/responses/${documented}/content/application~1json/schema`;
  const validate = validator(name, pointer);
  const body = withoutDescriptions(answer.body);
  expect([validate(body), validate.errors]).toEqual([true, null]);
}

/** The payments document has no 200 for a repeated call; it looks like the 201. */
const altStatus = (operation: Operation) => ('201' in operation.responses ? '201' : '200');

function expectBody(name: string, method: string, path: string, body: Json): void {
  const pointer = `/paths/${escapePointer(path)}/${method}/requestBody/content/application~1json/schema`;
  const validate = validator(name, pointer);
  expect([validate(body), validate.errors]).toEqual([true, null]);
}

/** PayPal warns that the wording of descriptions may change; the simulator has words of its own. */
function withoutDescriptions(body: Json): Json {
  if (!Array.isArray(body.details)) return body;
  const details = (body.details as Json[]).map(({ issue, field }) => ({ issue, field }));
  return JSON.parse(JSON.stringify({ ...body, details })) as Json;
}
