import { refundBody } from './bodies.ts';
import { transactionId } from './identifiers.ts';
import { readMoney } from './order-request.ts';
import { invalid, unprocessable } from './problems.ts';
import type { CaptureRecord, RefundRecord } from './records.ts';
import { recordEffect } from './world.ts';
import type { World } from './world.ts';

/** PayPal's legacy pages say 180 days. */
const REFUND_WINDOW_MS = 180 * 24 * 60 * 60 * 1000;

interface RefundRequest {
  readonly amountMinor: number;
  readonly invoiceId?: string;
  readonly customId?: string;
  readonly note?: string;
}

/** Without an amount, all that is left. https://developer.paypal.com/docs/api/payments/v2/#captures_refund */
export function readRefundRequest(
  body: Record<string, unknown>,
  capture: CaptureRecord,
): RefundRequest {
  if (body.payment_instruction !== undefined) throw unprocessable('PLATFORM_FEE_NOT_ENABLED');
  const left = capture.amountMinor - capture.refundedMinor;
  const amount = body.amount === undefined ? undefined : readMoney(body.amount, '/amount');
  if (amount && amount.currency !== capture.currency) {
    throw unprocessable('REFUND_CAPTURE_CURRENCY_MISMATCH');
  }
  return {
    amountMinor: amount?.amountMinor ?? left,
    invoiceId: readText(body, 'invoice_id', 127),
    customId: readText(body, 'custom_id', 127),
    note: readText(body, 'note_to_payer', 255),
  };
}

function readText(body: Record<string, unknown>, name: string, longest: number) {
  const text = body[name];
  if (text === undefined) return undefined;
  if (typeof text !== 'string') throw invalid('INVALID_PARAMETER_SYNTAX', `/${name}`);
  if (text.length < 1 || text.length > longest) throw invalid('INVALID_STRING_LENGTH', `/${name}`);
  return text;
}

/** Gives the money back, out of what is held or, after the release, from the seller's balance. */
export function giveRefund(
  world: World,
  capture: CaptureRecord,
  asked: RefundRequest,
  requestId: string | undefined,
): string {
  checkRefundable(world, capture, asked);
  const { store, clock, webhooks } = world;
  const nowMs = clock.nowMs();
  const totalRefundedMinor = capture.refundedMinor + asked.amountMinor;
  const platformFeeMinor = platformShare(capture, totalRefundedMinor);
  const refund: RefundRecord = {
    ...asked,
    id: transactionId(),
    captureId: capture.id,
    createdAtMs: nowMs,
    currency: capture.currency,
    platformFeeMinor,
    totalRefundedMinor,
  };
  store.save('refund', refund);
  const whole = totalRefundedMinor === capture.amountMinor;
  store.save('capture', {
    ...capture,
    status: whole ? 'REFUNDED' : 'PARTIALLY_REFUNDED',
    updatedAtMs: nowMs,
    refundedMinor: totalRefundedMinor,
    refundedPlatformFeeMinor: capture.refundedPlatformFeeMinor + platformFeeMinor,
    debitedMinor: capture.debitedMinor + asked.amountMinor - platformFeeMinor,
    refundIds: [...capture.refundIds, refund.id],
  });
  if (asked.invoiceId) {
    store.save('invoice', { id: invoiceKey(capture, asked), transactionId: refund.id });
  }
  store.addMovement({
    id: refund.id,
    atMs: nowMs,
    eventCode: 'T1107',
    amountMinor: -asked.amountMinor,
    feeMinor: 0,
    currency: capture.currency,
    referenceId: capture.id,
    referenceType: 'TXN',
    invoiceId: asked.invoiceId,
    customId: capture.customId,
    status: 'S',
  });
  recordEffect(world, {
    kind: 'refund',
    requestId,
    subjectId: refund.id,
    amountMinor: asked.amountMinor,
  });
  webhooks.announce(
    'PAYMENT.CAPTURE.REFUNDED',
    'refund',
    'A payment was refunded',
    refundBody(world, refund),
  );
  return refund.id;
}

function checkRefundable(world: World, capture: CaptureRecord, asked: RefundRequest): void {
  const { store, clock } = world;
  const left = capture.amountMinor - capture.refundedMinor;
  const dispute = capture.disputeId ? store.find('dispute', capture.disputeId) : undefined;
  const disputed = dispute !== undefined && dispute.status !== 'RESOLVED';

  if (capture.status === 'PENDING') throw unprocessable('PENDING_CAPTURE');
  if (capture.status === 'DECLINED') throw unprocessable('REFUND_NOT_ALLOWED');
  if (left === 0) throw unprocessable('CAPTURE_FULLY_REFUNDED');
  if (disputed && dispute.stage !== 'INQUIRY') {
    throw unprocessable('REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK');
  }
  if (disputed && asked.amountMinor < left) throw unprocessable('TRANSACTION_DISPUTED');
  if (clock.nowMs() - capture.createdAtMs > REFUND_WINDOW_MS) {
    throw unprocessable('REFUND_TIME_LIMIT_EXCEEDED');
  }
  if (asked.invoiceId && store.find('invoice', invoiceKey(capture, asked))) {
    throw unprocessable('DUPLICATE_INVOICE_ID');
  }
  if (asked.amountMinor > left) throw unprocessable('REFUND_AMOUNT_EXCEEDED');
  const funds = store.find('seller', capture.merchantId)?.funds ?? 'ample';
  if (capture.funds === 'released' && funds === 'empty') {
    throw unprocessable('REFUND_FAILED_INSUFFICIENT_FUNDS');
  }
}

/** The platform's fee goes back in step with the refunds; the last one brings what is left of it. */
export function platformShare(capture: CaptureRecord, totalRefundedMinor: number): number {
  const share = BigInt(capture.platformFeeMinor) * BigInt(totalRefundedMinor);
  return Number(share / BigInt(capture.amountMinor)) - capture.refundedPlatformFeeMinor;
}

/** Assumed: as with captures, PayPal refuses a second refund with the same invoice number. */
const invoiceKey = (capture: CaptureRecord, asked: RefundRequest): string =>
  `refund ${capture.merchantId} ${asked.invoiceId}`;
