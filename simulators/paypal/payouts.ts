import { payoutBody } from './bodies.ts';
import type { Fault } from './faults.ts';
import { payoutItemId, transactionId } from './identifiers.ts';
import { NamedProblem } from './problems.ts';
import type { CaptureRecord, DisputeRecord, PayoutRecord } from './records.ts';
import { setTimer } from './timers.ts';
import { recordEffect } from './world.ts';
import type { World } from './world.ts';

/** How long an asynchronous payout is PENDING. */
const SETTLING_MS = 1_000;

/**
 * Releases the money held for a capture, or makes an item that says why not.
 * https://developer.paypal.com/docs/api/referenced-payouts/v1/
 */
export function startPayout(
  world: World,
  capture: CaptureRecord,
  asked: { requestId?: string; synchronous: boolean; fault?: Fault },
): string {
  // Only held money can have been released: money that was paid out at once never was held.
  if (capture.disbursementMode === 'DELAYED' && capture.funds === 'released') {
    throw new NamedProblem(422, 'PAYOUT_ALREADY_COMPLETED_FOR_REFERENCE');
  }
  const nowMs = world.clock.nowMs();
  const { currency, merchantId, invoiceId, customId } = capture;
  const reason = reasonAgainst(world, capture) ?? plannedReason(asked.fault);
  const payout: PayoutRecord = {
    id: payoutItemId(),
    captureId: capture.id,
    requestId: asked.requestId,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    status: reason ? 'FAILED' : 'PENDING',
    reason,
    amountMinor: amountToRelease(capture),
    currency,
    merchantId,
    invoiceId,
    customId,
  };
  world.store.save('payout', payout);
  if (reason) {
    announcePayout(world, payout);
    return payout.id;
  }
  world.store.save('capture', { ...capture, funds: 'releasing', payoutItemId: payout.id });
  if (asked.synchronous && asked.fault?.kind !== 'payout-pending') {
    settlePayout(world, payout.id);
  } else {
    setTimer(world, nowMs + (asked.fault?.delayMs ?? SETTLING_MS), 'payoutSettles', payout.id);
  }
  return payout.id;
}

/** The seller has the money. */
export function settlePayout(world: World, payoutId: string): void {
  const { store, clock } = world;
  const started = store.find('payout', payoutId)!;
  const capture = store.find('capture', started.captureId)!;
  const payout: PayoutRecord = {
    ...started,
    status: 'SUCCESS',
    updatedAtMs: clock.nowMs(),
    amountMinor: amountToRelease(capture), // A refund may have come in between.
    payoutTransactionId: transactionId(),
  };
  store.save('payout', payout);
  releaseFunds(world, capture, 'payout', payout.requestId, payout.payoutTransactionId);
  announcePayout(world, payout);
}

/** After 28 days PayPal disburses by itself. Assumed: not while a dispute is open. */
export function releaseAutomatically(world: World, captureId: string): void {
  const capture = world.store.find('capture', captureId)!;
  const dispute = capture.disputeId ? world.store.find('dispute', capture.disputeId) : undefined;
  if (capture.funds !== 'held' || isOpen(dispute)) return;
  const transaction = transactionId();
  releaseFunds(world, capture, 'automaticRelease', undefined, transaction);
  if (!world.announcesAutomaticRelease) return;
  const nowMs = world.clock.nowMs();
  const { currency, merchantId, invoiceId, customId } = capture;
  const payout: PayoutRecord = {
    id: payoutItemId(),
    captureId,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    status: 'SUCCESS',
    amountMinor: amountToRelease(capture),
    currency,
    merchantId,
    invoiceId,
    customId,
    payoutTransactionId: transaction,
  };
  world.store.save('payout', payout);
  announcePayout(world, payout);
}

function releaseFunds(
  world: World,
  capture: CaptureRecord,
  kind: 'payout' | 'automaticRelease',
  requestId: string | undefined,
  transaction: string | undefined,
): void {
  const { currency, invoiceId, customId } = capture;
  const amountMinor = amountToRelease(capture);
  world.store.save('capture', { ...capture, funds: 'released' });
  world.store.addMovement({
    id: transaction ?? transactionId(),
    atMs: world.clock.nowMs(),
    eventCode: 'T2108', // Assumed: PayPal's code for the end of a payment hold.
    amountMinor,
    feeMinor: 0,
    currency,
    referenceId: capture.id,
    referenceType: 'TXN',
    invoiceId,
    customId,
    status: 'S',
  });
  recordEffect(world, { kind, requestId, subjectId: capture.id, amountMinor });
}

/** Assumed: what was refunded while held is missing from the release. */
export const amountToRelease = (capture: CaptureRecord): number =>
  Math.max(0, capture.netMinor - capture.debitedMinor);

const isOpen = (dispute: DisputeRecord | undefined): boolean =>
  dispute !== undefined && dispute.status !== 'RESOLVED';

function reasonAgainst({ store }: World, capture: CaptureRecord): string | undefined {
  const dispute = capture.disputeId ? store.find('dispute', capture.disputeId) : undefined;
  if (isOpen(dispute)) return 'TRANSACTION_UNDER_DISPUTE';
  if (capture.funds === 'releasing') return 'PAYOUT_INITIATED';
  const seller = store.find('seller', capture.merchantId);
  if (seller && seller.status !== 'good') return 'MERCHANT_RESTRICTIONS';
  const payable = capture.status === 'COMPLETED' || capture.status === 'PARTIALLY_REFUNDED';
  const held = capture.disbursementMode === 'DELAYED' && payable;
  return held && amountToRelease(capture) > 0 ? undefined : 'TRANSACTION_NOT_VALID';
}

const plannedReason = (fault: Fault | undefined): string | undefined =>
  fault?.kind === 'payout-failed' ? (fault.reason ?? 'INTERNAL_ERROR') : undefined;

function announcePayout(world: World, payout: PayoutRecord): void {
  const what = payout.status === 'SUCCESS' ? 'COMPLETED' : 'FAILED';
  world.webhooks.announce(
    `PAYMENT.REFERENCED-PAYOUT-ITEM.${what}`,
    'referenced_payouts_item',
    `A referenced payout item has ${what.toLowerCase()}`,
    payoutBody(world, payout),
  );
}
