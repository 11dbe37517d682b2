import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PayPalError, PayPalUnreachable } from '../../src/integrations/paypal/index.ts';
import { anOrder, clientOf, SELLER, startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

// Each test makes a call fail in some way, then shows what the caller can find out and do.
let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterEach(() => harness.control('DELETE', 'faults'));
afterAll(() => harness.close());

interface Effects {
  byRequestId: Record<string, Record<string, { count: number }> | undefined>;
}
const effectsOf = async (requestId: string) =>
  (await harness.control<Effects>('GET', 'effects')).byRequestId[requestId];
const plan = (fault: object) => harness.control('POST', 'faults', fault);
const faultOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    (error: unknown) => error,
  );
const captureRequest = (orderId: string) => ({
  orderId,
  requestId: `capture-${orderId}`,
  sellerMerchantId: SELLER,
});

describe('a lost answer', () => {
  it.each([
    ['reset-before-effect', undefined],
    ['reset-after-effect', { capture: { count: 1, amountMinor: 42_000 } }],
    ['500-after-effect', { capture: { count: 1, amountMinor: 42_000 } }],
    ['500', undefined],
  ])(
    '%s: is ambiguous, and the same key finds out without a second capture',
    async (kind, effect) => {
      const { paypal } = harness;
      const request = captureRequest(await harness.approvedOrder());
      await plan({ operation: 'orders.capture', kind, times: 1 });

      const fault = await faultOf(paypal.orders.capture(request));
      expect(fault).toMatchObject({ ambiguous: true, transient: true });
      expect(await effectsOf(request.requestId)).toEqual(effect);

      expect(await paypal.orders.capture(request)).toMatchObject({ outcome: 'captured' });
      expect(await effectsOf(request.requestId)).toMatchObject({ capture: { count: 1 } });
    },
  );

  it.each(['timeout-before-effect', 'timeout-after-effect'])('%s: likewise', async (kind) => {
    const paypal = clientOf(harness.simulator, 150);
    const request = captureRequest(await harness.approvedOrder());
    await plan({ operation: 'orders.capture', kind, times: 1 });
    const fault = await faultOf(paypal.orders.capture(request));
    expect(fault).toBeInstanceOf(PayPalUnreachable);
    expect(fault).toMatchObject({ ambiguous: true });
    expect(await harness.paypal.orders.capture(request)).toMatchObject({ outcome: 'captured' });
    expect(await effectsOf(request.requestId)).toMatchObject({ capture: { count: 1 } });
  });

  it('of a capture is found by asking for the order, even under a new key', async () => {
    const { paypal } = harness;
    const request = captureRequest(await harness.approvedOrder());
    await plan({ operation: 'orders.capture', kind: 'reset-after-effect', times: 1 });
    await faultOf(paypal.orders.capture(request));
    const order = await paypal.orders.get(request.orderId);
    expect(order.capture).toMatchObject({ status: 'completed' });
    expect(await paypal.orders.capture({ ...request, requestId: 'a-new-key' })).toEqual({
      outcome: 'captured',
      capture: order.capture,
    });
    expect(await effectsOf('a-new-key')).toBeUndefined();
  });
});

describe('keys', () => {
  const captured = async () => {
    const outcome = await harness.paypal.orders.capture(
      captureRequest(await harness.approvedOrder()),
    );
    if (outcome.outcome !== 'captured') throw new Error(outcome.outcome);
    return outcome.capture;
  };

  it('make twenty parallel creations one order', async () => {
    const request = anOrder();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => harness.paypal.orders.create(request)),
    );
    const ids = new Set(outcomes.map((one) => one.outcome === 'created' && one.orderId));
    expect(ids.size).toBe(1);
    expect(await effectsOf(request.requestId)).toMatchObject({ order: { count: 1 } });
  });

  it('of orders run out after 6 hours: a repeat is then another order', async () => {
    const request = anOrder();
    const first = await harness.paypal.orders.create(request);
    await harness.control('POST', 'clock', { advanceHours: 5.9 });
    expect(await harness.paypal.orders.create(request)).toEqual(first);
    await harness.control('POST', 'clock', { advanceHours: 0.2 });
    expect(await harness.paypal.orders.create(request)).not.toEqual(first);
    expect(await effectsOf(request.requestId)).toMatchObject({ order: { count: 2 } });
  });

  it('of captures run out too, but an order is captured once', async () => {
    const request = captureRequest(await harness.approvedOrder());
    const first = await harness.paypal.orders.capture(request);
    await harness.control('POST', 'clock', { advanceHours: 7 });
    expect(await harness.paypal.orders.capture(request)).toEqual(first);
    expect(await effectsOf(request.requestId)).toMatchObject({ capture: { count: 1 } });
  });

  it('of refunds last 45 days; after that the invoice number finds the refund', async () => {
    const { captureId } = await captured();
    const request = {
      captureId,
      requestId: `refund-${captureId}`,
      sellerMerchantId: SELLER,
      amountMinor: 100,
      currency: 'USD' as const,
      invoiceId: `REFUND-${captureId}`,
    };
    const first = await harness.paypal.captures.refund(request);
    await harness.control('POST', 'clock', { advanceDays: 44 });
    expect(await harness.paypal.captures.refund(request)).toEqual(first);
    await harness.control('POST', 'clock', { advanceDays: 2 });
    expect(await harness.paypal.captures.refund(request)).toEqual(first);
    expect(await effectsOf(request.requestId)).toMatchObject({ refund: { count: 1 } });
  });

  it('of payouts last 3 days; after that PayPal says that the money is gone', async () => {
    const { captureId } = await captured();
    const request = { captureId, requestId: `release-${captureId}`, sellerMerchantId: SELLER };
    const first = await harness.paypal.referencedPayouts.release(request);
    expect(await harness.paypal.referencedPayouts.release(request)).toEqual(first);
    await harness.control('POST', 'clock', { advanceDays: 4 });
    expect(await harness.paypal.referencedPayouts.release(request)).toEqual({
      outcome: 'released',
    });
    expect(await effectsOf(request.requestId)).toMatchObject({ payout: { count: 1 } });
  });

  it('that are still at work answer 409, which is worth a retry', async () => {
    const request = captureRequest(await harness.approvedOrder());
    await plan({ operation: 'orders.capture', kind: 'delay', delayMs: 300, times: 1 });
    const slow = harness.paypal.orders.capture(request);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const fault = await faultOf(harness.paypal.orders.capture(request));
    expect(fault).toBeInstanceOf(PayPalError);
    expect(fault).toMatchObject({
      status: 409,
      issue: 'PREVIOUS_REQUEST_IN_PROGRESS',
      transient: true,
      ambiguous: true,
    });
    expect(await slow).toMatchObject({ outcome: 'captured' });
  });
});

describe('a plan of faults', () => {
  it('repeats itself for the same seed', async () => {
    const run = async () => {
      await harness.control('DELETE', 'faults');
      await plan({ operation: 'captures.get', kind: '503', probability: 0.5, seed: 42 });
      const captureId = 'NOSUCHCAPTURE';
      const statuses: unknown[] = [];
      for (let number = 0; number < 12; number += 1) {
        const fault = await faultOf(harness.paypal.captures.get(captureId));
        statuses.push(fault instanceof PayPalError && fault.status);
      }
      return statuses;
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([404, 503]));
    expect(await run()).toEqual(first);
  });

  it('of webhooks delivers late, twice, out of order, forged or not at all', async () => {
    const { received, paypal, simulator } = harness;
    const approved = 'webhook:CHECKOUT.ORDER.APPROVED';
    const eventsOf = async (fault: object) => {
      received.length = 0;
      await plan({ operation: approved, times: 1, ...fault });
      const orderId = await harness.approvedOrder();
      await paypal.orders.capture(captureRequest(orderId));
      await vi.waitFor(async () => {
        const { deliveries } = await harness.control<{ deliveries: { state: string }[] }>(
          'GET',
          'webhooks',
        );
        const open = deliveries.filter(({ state }) => state === 'waiting' || state === 'held');
        expect(open).toEqual([]);
      }, 5_000);
      return received.map(({ json }) => json.event_type);
    };
    const approval = 'CHECKOUT.ORDER.APPROVED';
    const count = (types: string[]) => types.filter((type) => type === approval).length;

    expect(count(await eventsOf({ kind: 'duplicate' }))).toBe(2);
    expect(count(await eventsOf({ kind: 'drop' }))).toBe(0);
    expect((await eventsOf({ kind: 'late', delayMs: 300 })).at(-1)).toBe(approval);
    expect(
      (await eventsOf({ kind: 'out-of-order', delayMs: 5_000 })).indexOf(approval),
    ).toBeGreaterThan(0);

    // Four forgeries: another body, a stranger's key, an old one, none at all. The true ones follow.
    for (let number = 0; number < 4; number += 1) {
      await eventsOf({ kind: 'forged' });
      const approvals = received.filter(({ body }) => body.toString().includes(approval));
      const verdicts = await Promise.all(
        approvals.map(({ headers, body }) => paypal.webhooks.verify(headers, body)),
      );
      expect(verdicts.map(({ genuine }) => genuine).sort()).toEqual([false, true]);
    }
    expect(simulator.ca).toContain('BEGIN CERTIFICATE');
  });
});

describe('the mock response header', () => {
  it('asks for one error, as in the sandbox, and an unknown code asks for nothing', async () => {
    const token = await accessToken();
    const ask = async (code: string) => {
      const response = await fetch(`${harness.simulator.url}/v2/checkout/orders/X/capture`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'paypal-mock-response': JSON.stringify({ mock_application_codes: code }),
        },
      });
      const body = (await response.json()) as { details: { issue: string }[] };
      return [response.status, body.details[0]?.issue];
    };
    expect(await ask('INSTRUMENT_DECLINED')).toEqual([422, 'INSTRUMENT_DECLINED']);
    expect(await ask('CONSENT_NEEDED')).toEqual([403, 'CONSENT_NEEDED']);
    expect(await ask('NO_SUCH_CODE')).toEqual([404, 'INVALID_RESOURCE_ID']);
  });

  async function accessToken(): Promise<string> {
    const credentials = Buffer.from('client-of-the-tests:secret-of-the-tests').toString('base64');
    const response = await fetch(`${harness.simulator.url}/v1/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  }
});
