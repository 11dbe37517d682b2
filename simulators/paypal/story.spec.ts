import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { anOrder, SELLER, startHarness } from './harness.ts';
import type { Harness } from './harness.ts';

// The real client against the simulator: what one says, the other must understand.
let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());

const captureOf = async (orderId: string, requestId = `capture-${orderId}`) => {
  const outcome = await harness.paypal.orders.capture({
    orderId,
    requestId,
    sellerMerchantId: SELLER,
  });
  if (!('capture' in outcome)) throw new Error(`${outcome.outcome}: ${outcome.issue}`);
  return outcome.capture;
};
const refund = (captureId: string, number: number, amountMinor: number) =>
  harness.paypal.captures.refund({
    captureId,
    requestId: `refund-${captureId}-${number}`,
    sellerMerchantId: SELLER,
    amountMinor,
    currency: 'USD',
    invoiceId: `REFUND-${captureId}-${number}`,
    note: 'A scratch on the left leg',
  });
const release = (captureId: string, requestId = `release-${captureId}`) =>
  harness.paypal.referencedPayouts.release({ captureId, requestId, sellerMerchantId: SELLER });

describe('a sale, from the order to the payout', () => {
  it('holds the money, gives a part back, and releases the rest to the seller', async () => {
    const { paypal, control, received } = harness;
    const created = await paypal.orders.create(anOrder({ referenceId: 'payment-story' }));
    if (created.outcome !== 'created') throw new Error(created.reason);
    expect(created.approveUrl).toContain(`/checkoutnow?token=${created.orderId}`);
    expect(await paypal.orders.get(created.orderId)).toMatchObject({ status: 'created' });

    await control('POST', `orders/${created.orderId}/approve`, { source: 'good' });
    const capture = await captureOf(created.orderId);
    // 420.00 less 44.85 for the platform and 15.15 (3.49 % and 0.49) for PayPal.
    expect(capture).toMatchObject({
      status: 'completed',
      amountMinor: 42_000,
      currency: 'USD',
      paypalFeeMinor: 1_515,
      platformFeeMinor: 4_485,
      netMinor: 36_000,
      orderId: created.orderId,
    });
    expect(await paypal.captures.get(capture.captureId)).toEqual(capture);

    const partial = await refund(capture.captureId, 1, 4_200);
    if (partial.outcome !== 'refunded') throw new Error(partial.outcome);
    expect(partial.refund).toMatchObject({
      status: 'completed',
      captureId: capture.captureId,
      amountMinor: 4_200,
      platformFeeMinor: 448, // A tenth of the platform's fee, rounded down.
      netMinor: 3_752,
      totalRefundedMinor: 4_200,
    });
    expect(await paypal.refunds.get(partial.refund.refundId)).toEqual(partial.refund);

    const released = await release(capture.captureId);
    if (released.outcome !== 'released') throw new Error(released.outcome);
    expect(released.item).toMatchObject({
      status: 'succeeded',
      captureId: capture.captureId,
      amountMinor: 36_000 - 3_752,
      currency: 'USD',
    });
    expect(await paypal.referencedPayouts.get(released.item!.itemId)).toEqual(released.item);

    await vi.waitFor(() => {
      const types = received.map(({ json }) => json.event_type);
      expect(types).toEqual(
        expect.arrayContaining([
          'CHECKOUT.ORDER.APPROVED',
          'PAYMENT.CAPTURE.COMPLETED',
          'CHECKOUT.ORDER.COMPLETED',
          'PAYMENT.CAPTURE.REFUNDED',
          'PAYMENT.REFERENCED-PAYOUT-ITEM.COMPLETED',
        ]),
      );
    });
    for (const { headers, body, json } of received) {
      const verdict = await paypal.webhooks.verify(headers, body);
      expect(verdict).toMatchObject({ genuine: true, event: { id: json.id } });
    }
  });

  it('lets a buyer whose card was declined approve again with another', async () => {
    const { paypal, control } = harness;
    const orderId = await harness.approvedOrder({}, 'declining');
    const request = { orderId, requestId: `first-${orderId}`, sellerMerchantId: SELLER };
    expect(await paypal.orders.capture(request)).toEqual({
      outcome: 'declined',
      issue: 'INSTRUMENT_DECLINED',
      reason: 'The bank or card issuer declined the payment.',
    });

    await control('POST', `orders/${orderId}/approve`, { source: 'good' });
    expect((await captureOf(orderId, `second-${orderId}`)).status).toBe('completed');
  });

  it('gives up on a buyer after ten declines', async () => {
    const orderId = await harness.approvedOrder({}, 'declining');
    const attempt = (number: number) =>
      harness.paypal.orders.capture({
        orderId,
        requestId: `attempt-${orderId}-${number}`,
        sellerMerchantId: SELLER,
      });
    for (let number = 1; number <= 10; number += 1) {
      expect(await attempt(number)).toMatchObject({ outcome: 'declined' });
    }
    expect(await attempt(11)).toMatchObject({
      outcome: 'refused',
      issue: 'MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED',
    });
  });

  it('takes the money for an invoice number once', async () => {
    const invoiceId = 'INV-TWICE';
    await captureOf(await harness.approvedOrder({ invoiceId }));
    const orderId = await harness.approvedOrder({ invoiceId });
    const request = { orderId, requestId: `capture-${orderId}`, sellerMerchantId: SELLER };
    expect(await harness.paypal.orders.capture(request)).toMatchObject({
      outcome: 'refused',
      issue: 'DUPLICATE_INVOICE_ID',
    });
  });

  it('keeps an echeck pending until the bank has paid', async () => {
    const { paypal, control } = harness;
    const orderId = await harness.approvedOrder({}, 'echeck');
    const outcome = await paypal.orders.capture({
      orderId,
      requestId: `capture-${orderId}`,
      sellerMerchantId: SELLER,
    });
    if (outcome.outcome !== 'pending') throw new Error(outcome.outcome);
    expect(outcome.capture).toMatchObject({ pendingReason: 'ECHECK', paypalFeeMinor: 0 });
    const { captureId } = outcome.capture;
    expect(await refund(captureId, 1, 100)).toMatchObject({ issue: 'PENDING_CAPTURE' });
    expect(await release(captureId)).toMatchObject({ reason: 'TRANSACTION_NOT_VALID' });

    await control('POST', `captures/${captureId}/settle`, { result: 'completed' });
    expect(await paypal.captures.get(captureId)).toMatchObject({
      status: 'completed',
      paypalFeeMinor: 1_515,
    });
  });

  it('refuses to capture what the buyer has not approved, and a seller who is restricted', async () => {
    const { paypal, control } = harness;
    const seller = 'SELLERRESTRICTED';
    const created = await paypal.orders.create(anOrder({ sellerMerchantId: seller }));
    if (created.outcome !== 'created') throw new Error(created.reason);
    const { orderId } = created;
    const request = { orderId, requestId: `capture-${orderId}`, sellerMerchantId: seller };
    expect(await paypal.orders.capture(request)).toMatchObject({
      outcome: 'declined',
      issue: 'ORDER_NOT_APPROVED',
    });

    await control('POST', `orders/${orderId}/approve`);
    await control('PUT', `sellers/${seller}`, { status: 'restricted' });
    expect(await paypal.orders.capture(request)).toMatchObject({
      outcome: 'refused',
      issue: 'PAYEE_ACCOUNT_RESTRICTED',
      audience: 'seller',
    });
    expect(await paypal.orders.create(anOrder({ sellerMerchantId: seller }))).toMatchObject({
      outcome: 'refused',
      issue: 'PAYEE_ACCOUNT_RESTRICTED',
    });
  });
});

describe('refunds', () => {
  it('come in parts, equal ones among them, up to the whole', async () => {
    const { paypal } = harness;
    const { captureId } = await captureOf(await harness.approvedOrder());
    const first = await refund(captureId, 1, 10_000);
    const second = await refund(captureId, 2, 10_000);
    if (!('refund' in first) || !('refund' in second)) throw new Error('refused');
    expect(second.refund.refundId).not.toBe(first.refund.refundId);
    expect(await refund(captureId, 3, 22_001)).toMatchObject({ issue: 'REFUND_AMOUNT_EXCEEDED' });

    const last = await refund(captureId, 4, 22_000);
    if (!('refund' in last)) throw new Error('refused');
    const platformFees = [first, second, last].map(({ refund: one }) => one.platformFeeMinor);
    expect(platformFees.reduce((sum, fee) => sum + fee)).toBe(4_485);
    expect(await paypal.captures.get(captureId)).toMatchObject({ status: 'refunded' });
    expect(await refund(captureId, 5, 1)).toMatchObject({
      outcome: 'refused',
      issue: 'CAPTURE_FULLY_REFUNDED',
    });
    expect(await release(captureId)).toMatchObject({
      outcome: 'failed',
      reason: 'TRANSACTION_NOT_VALID',
    });
  });

  it("come from the seller's balance after the release, and fail when it is empty", async () => {
    const seller = 'SELLERWITHOUTFUNDS';
    const { paypal, control } = harness;
    const orderId = await harness.approvedOrder({ sellerMerchantId: seller });
    const asSeller = { requestId: `as-${seller}`, sellerMerchantId: seller };
    const captured = await paypal.orders.capture({ ...asSeller, orderId });
    if (captured.outcome !== 'captured') throw new Error(captured.outcome);
    const { captureId } = captured.capture;
    await paypal.referencedPayouts.release({ ...asSeller, captureId });
    await control('PUT', `sellers/${seller}`, { funds: 'empty' });
    const request = { ...asSeller, captureId, amountMinor: 500, currency: 'USD' as const };
    expect(await paypal.captures.refund({ ...request, invoiceId: 'R-EMPTY' })).toMatchObject({
      outcome: 'refused',
      issue: 'REFUND_FAILED_INSUFFICIENT_FUNDS',
      audience: 'seller',
    });

    await control('PUT', `sellers/${seller}`, { funds: 'ample' });
    expect(await paypal.captures.refund({ ...request, invoiceId: 'R-EMPTY' })).toMatchObject({
      outcome: 'refunded',
    });
  });
});

describe('releases', () => {
  it('happen once: a second one under another key finds the money gone, and is content', async () => {
    const { captureId } = await captureOf(await harness.approvedOrder());
    expect(await release(captureId, 'one')).toMatchObject({ outcome: 'released' });
    expect(await release(captureId, 'another')).toEqual({ outcome: 'released' });
    const { byRequestId } = await harness.control<Effects>('GET', 'effects');
    expect(byRequestId).not.toHaveProperty('another');
  });

  it('may be pending first', async () => {
    const { paypal, control } = harness;
    await control('POST', 'faults', {
      operation: 'payouts.create',
      kind: 'payout-pending',
      times: 1,
    });
    const { captureId } = await captureOf(await harness.approvedOrder());
    const outcome = await release(captureId);
    if (outcome.outcome !== 'pending') throw new Error(outcome.outcome);
    expect(await release(captureId, 'meanwhile')).toMatchObject({ outcome: 'pending' });

    await control('POST', 'clock', { advanceMs: 5_000 });
    const item = await paypal.referencedPayouts.get(outcome.item.itemId);
    expect(item).toMatchObject({ status: 'succeeded', amountMinor: 36_000 });
  });

  it('fail with a reason, and a later one under a new key may succeed', async () => {
    const reason = 'NOT_ENOUGH_BALANCE';
    const fault = { operation: 'payouts.create', kind: 'payout-failed', reason, times: 1 };
    await harness.control('POST', 'faults', fault);
    const { captureId } = await captureOf(await harness.approvedOrder());
    expect(await release(captureId, 'k1')).toMatchObject({ outcome: 'failed', reason });
    expect(await release(captureId, 'k1')).toMatchObject({ outcome: 'failed', reason });
    expect(await release(captureId, 'k2')).toMatchObject({ outcome: 'released' });
  });

  it('come by themselves after 28 days', async () => {
    const { control } = harness;
    const { captureId } = await captureOf(await harness.approvedOrder());
    const before = await control<Effects>('GET', 'effects');
    await control('POST', 'clock', { advanceDays: 29 });
    const after = await control<Effects>('GET', 'effects');
    const automatic = (effects: Effects) => effects.totals.automaticRelease?.count ?? 0;
    expect(automatic(after)).toBeGreaterThan(automatic(before));
    expect(await release(captureId)).toEqual({ outcome: 'released' });
  });
});

describe('disputes', () => {
  it('block the release and partial refunds until they are resolved', async () => {
    const { paypal, control } = harness;
    const { captureId } = await captureOf(await harness.approvedOrder());
    const { disputeId } = await control<{ disputeId: string }>(
      'POST',
      `captures/${captureId}/dispute`,
      { reason: 'MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED' },
    );
    expect(await paypal.disputes.get(disputeId)).toMatchObject({
      status: 'open',
      reason: 'MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED',
      transactions: [{ theirIds: [captureId] }],
      amount: { amountMinor: 42_000, currency: 'USD' },
    });
    expect(await release(captureId, 'disputed')).toMatchObject({
      outcome: 'failed',
      reason: 'TRANSACTION_UNDER_DISPUTE',
      retryable: false,
    });
    expect(await refund(captureId, 1, 100)).toMatchObject({ issue: 'TRANSACTION_DISPUTED' });

    await control('POST', `disputes/${disputeId}/resolve`, { outcome: 'RESOLVED_SELLER_FAVOUR' });
    expect(await paypal.disputes.get(disputeId)).toMatchObject({
      status: 'resolved',
      result: 'won',
    });
    expect(await release(captureId, 'resolved')).toMatchObject({ outcome: 'released' });
  });

  it('that the buyer wins give the money back', async () => {
    const { paypal, control } = harness;
    const { captureId } = await captureOf(await harness.approvedOrder());
    const opened = await control<{ disputeId: string }>(
      'POST',
      `captures/${captureId}/dispute`,
      {},
    );
    await control('POST', `disputes/${opened.disputeId}/resolve`, {
      outcome: 'RESOLVED_BUYER_FAVOUR',
    });
    const dispute = await paypal.disputes.get(opened.disputeId);
    expect(dispute).toMatchObject({ result: 'lost', refundedMinor: 42_000 });
    expect(await paypal.captures.get(captureId)).toMatchObject({ status: 'refunded' });
    expect(await release(captureId)).toMatchObject({ reason: 'TRANSACTION_NOT_VALID' });
  });

  it('stop the release after 28 days, which then comes with their end', async () => {
    const { control } = harness;
    const { captureId } = await captureOf(await harness.approvedOrder());
    const opened = await control<{ disputeId: string }>(
      'POST',
      `captures/${captureId}/dispute`,
      {},
    );
    await control('POST', `disputes/${opened.disputeId}/move`, { answered: true });
    await control('POST', 'clock', { advanceDays: 29 });
    expect(await release(captureId, 'k1')).toMatchObject({ reason: 'TRANSACTION_UNDER_DISPUTE' });
    await control('POST', `disputes/${opened.disputeId}/resolve`, { outcome: 'CANCELED_BY_BUYER' });
    expect(await release(captureId, 'k2')).toEqual({ outcome: 'released' });
  });
});

describe('the report of transactions', () => {
  it('lists captures, fees, refunds and releases, over any number of pages and months', async () => {
    const { paypal } = harness;
    const capture = await captureOf(await harness.approvedOrder({ referenceId: 'payment-report' }));
    await refund(capture.captureId, 1, 1_000);
    await release(capture.captureId);
    const { now } = await harness.control<{ now: string }>('GET', 'clock');
    const from = new Date(Date.parse(now) - 100 * 24 * 3_600_000);
    const to = new Date(Date.parse(now) + 3_600_000);
    const found = [];
    for await (const one of paypal.transactions.search(from, to)) {
      if ('unread' in one) throw new Error(one.unread);
      found.push(one);
    }

    const ours = found.filter(({ customId }) => customId === 'payment-report');
    expect(
      ours.map(({ eventCode, amountMinor, feeMinor }) => [eventCode, amountMinor, feeMinor]),
    ).toEqual([
      ['T0006', 42_000, -1_515],
      ['T0113', -4_485, 0],
      ['T1107', -1_000, 0],
      ['T2108', 36_000 - 894, 0],
    ]);
    expect(new Set(found.map(({ transactionId }) => transactionId)).size).toBe(found.length);
  });
});

interface Effects {
  totals: Record<string, { count: number; amountMinor: number } | undefined>;
  byRequestId: Record<string, Record<string, { count: number }>>;
}
