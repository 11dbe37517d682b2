import { shareOf } from '../../src/domain/common/money.ts';
import { captureBody, orderBody } from './bodies.ts';
import { transactionId } from './identifiers.ts';
import type { CaptureRecord, OrderRecord, PaymentSource } from './records.ts';
import { unprocessable } from './problems.ts';
import { setTimer } from './timers.ts';
import { recordEffect } from './world.ts';
import type { World } from './world.ts';

const FEE_BASIS_POINTS = 349; // 3.49 %, PayPal's published rate for wallet payments in the US,
const FIXED_FEE_MINOR = 49; // and 0.49.

/** PayPal disburses held money by itself after 28 days. */
export const LONGEST_HOLD_MS = 28 * 24 * 60 * 60 * 1000;

/** Why a capture from a source stays pending; the bank and PayPal are not asked about the others. */
const PENDING: Partial<Record<PaymentSource, string>> = {
  echeck: 'ECHECK',
  reviewed: 'PENDING_REVIEW',
};

/** Takes the money of an approved order. Fees are fixed here, not when the money is released. */
export function takeCapture(world: World, order: OrderRecord, requestId?: string): CaptureRecord {
  const { store, clock, webhooks } = world;
  const nowMs = clock.nowMs();
  const { amountMinor, currency, platformFeeMinor } = order;
  const fee = shareOf(amountMinor, FEE_BASIS_POINTS) + FIXED_FEE_MINOR;
  const paypalFeeMinor = Math.min(fee, amountMinor - platformFeeMinor);
  const pending = PENDING[order.source ?? 'good'];
  const capture: CaptureRecord = {
    id: transactionId(),
    orderId: order.id,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    status: pending ? 'PENDING' : 'COMPLETED',
    reason: pending,
    amountMinor,
    currency,
    paypalFeeMinor,
    platformFeeMinor,
    netMinor: amountMinor - paypalFeeMinor - platformFeeMinor,
    disbursementMode: order.disbursementMode,
    merchantId: order.merchantId,
    customId: order.customId,
    invoiceId: order.invoiceId,
    funds: order.disbursementMode === 'DELAYED' ? 'held' : 'released',
    refundedMinor: 0,
    refundedPlatformFeeMinor: 0,
    debitedMinor: 0,
    refundIds: [],
  };
  store.save('capture', capture);
  store.save('order', { ...order, status: 'COMPLETED', captureId: capture.id, updatedAtMs: nowMs });
  if (order.invoiceId) {
    store.save('invoice', { id: invoiceKey(order), transactionId: capture.id });
  }
  recordEffect(world, { kind: 'capture', requestId, subjectId: capture.id, amountMinor });
  if (pending) {
    announceCapture(world, 'PENDING', capture);
  } else {
    completeCapture(world, capture);
  }
  const completed = store.find('order', order.id)!;
  webhooks.announce(
    'CHECKOUT.ORDER.COMPLETED',
    'checkout-order',
    'Checkout Order Completed',
    orderBody(world, completed),
  );
  return capture;
}

/** Refuses to hold money for a seller for whom PayPal does not. */
export function checkHold(
  { store }: World,
  asked: Pick<OrderRecord, 'disbursementMode' | 'merchantId'>,
): void {
  if (asked.disbursementMode !== 'DELAYED') return;
  if (store.find('seller', asked.merchantId)?.delayedDisbursement !== 'notEnabled') return;
  throw unprocessable('DELAYED_DISBURSEMENT_NOT_SUPPORTED');
}

/** The money is there: it is reported, announced and, when delayed, held for 28 days at most. */
export function completeCapture(world: World, capture: CaptureRecord): void {
  const { store, clock } = world;
  const atMs = clock.nowMs();
  const { currency, invoiceId, customId } = capture;
  const common = { atMs, currency, invoiceId, customId, status: 'S' } as const;
  store.addMovement({
    ...common,
    id: capture.id,
    eventCode: 'T0006',
    amountMinor: capture.amountMinor,
    feeMinor: -capture.paypalFeeMinor,
    referenceId: capture.orderId,
    referenceType: 'ODR',
  });
  if (capture.platformFeeMinor > 0) {
    store.addMovement({
      ...common,
      id: transactionId(),
      eventCode: 'T0113',
      amountMinor: -capture.platformFeeMinor,
      feeMinor: 0,
      referenceId: capture.id,
      referenceType: 'TXN',
    });
  }
  if (capture.funds === 'held') {
    setTimer(world, atMs + LONGEST_HOLD_MS, 'automaticRelease', capture.id);
  }
  announceCapture(world, 'COMPLETED', capture);
}

export function announceCapture(
  world: World,
  what: 'COMPLETED' | 'PENDING' | 'DENIED' | 'REVERSED',
  capture: CaptureRecord,
): void {
  world.webhooks.announce(
    `PAYMENT.CAPTURE.${what}`,
    'capture',
    `Payment ${what.toLowerCase()}`,
    captureBody(world, capture),
  );
}

/** Invoice numbers are unique per seller, and captures and refunds have theirs apart. */
export const invoiceKey = (order: { merchantId: string; invoiceId?: string }): string =>
  `capture ${order.merchantId} ${order.invoiceId}`;
