import { announceCapture, LONGEST_HOLD_MS } from './captures.ts';
import { disputeBody } from './bodies.ts';
import { disputeId, transactionId } from './identifiers.ts';
import { amountToRelease, releaseAutomatically } from './payouts.ts';
import type { CaptureRecord, DisputeOutcome, DisputeRecord, DisputeStage } from './records.ts';
import { platformShare } from './refunds.ts';
import { setTimer } from './timers.ts';
import { recordEffect } from './world.ts';
import type { World } from './world.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** Assumed: a dispute that nobody has answered is not closed at the very second. */
const DECIDES_AFTER_MS = HOUR_MS;

/** A buyer complains: the money stays where it is until the dispute is over. */
export function openDispute(
  world: World,
  capture: CaptureRecord,
  asked: { reason: string; stage: DisputeStage; amountMinor?: number; respondInDays: number },
): DisputeRecord {
  const nowMs = world.clock.nowMs();
  const left = capture.amountMinor - capture.refundedMinor;
  const dispute: DisputeRecord = {
    id: disputeId(),
    captureId: capture.id,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    status: 'WAITING_FOR_SELLER_RESPONSE',
    reason: asked.reason,
    stage: asked.stage,
    respondUntilMs: nowMs + asked.respondInDays * DAY_MS,
    amountMinor: Math.min(asked.amountMinor ?? left, left),
    currency: capture.currency,
    refundedMinor: 0,
    takenFromSellerMinor: 0,
  };
  world.store.save('dispute', dispute);
  world.store.save('capture', { ...capture, disputeId: dispute.id });
  setTimer(world, dispute.respondUntilMs + DECIDES_AFTER_MS, 'disputeIsDue', dispute.id);
  announceDispute(world, 'CREATED', dispute);
  return dispute;
}

/** The seller has answered, or the dispute has gone a stage further, where another answer is due. */
export function moveDispute(
  world: World,
  open: DisputeRecord,
  asked: { stage?: DisputeStage; answered?: boolean; respondInDays: number },
): DisputeRecord {
  const nowMs = world.clock.nowMs();
  const dispute: DisputeRecord = {
    ...open,
    updatedAtMs: nowMs,
    stage: asked.stage ?? open.stage,
    status: asked.answered ? 'UNDER_REVIEW' : 'WAITING_FOR_SELLER_RESPONSE',
    respondUntilMs: asked.stage ? nowMs + asked.respondInDays * DAY_MS : open.respondUntilMs,
  };
  world.store.save('dispute', dispute);
  if (asked.stage) {
    setTimer(world, dispute.respondUntilMs + DECIDES_AFTER_MS, 'disputeIsDue', dispute.id);
  }
  announceDispute(world, 'UPDATED', dispute);
  return dispute;
}

/** "If the merchant does not respond by this date, the dispute is closed in the customer's favor." */
export function closeUnanswered(world: World, id: string): void {
  const dispute = world.store.find('dispute', id)!;
  const due = world.clock.nowMs() >= dispute.respondUntilMs;
  if (due && dispute.status === 'WAITING_FOR_SELLER_RESPONSE') {
    resolveDispute(world, dispute, { outcome: 'RESOLVED_BUYER_FAVOUR' });
  }
}

/** The outcomes after which the buyer has the money back, at the seller's cost. */
const BUYER_WINS = new Set<DisputeOutcome>(['RESOLVED_BUYER_FAVOUR', 'ACCEPTED']);

export function resolveDispute(
  world: World,
  open: DisputeRecord,
  {
    outcome,
    refundedMinor = open.amountMinor,
  }: { outcome: DisputeOutcome; refundedMinor?: number },
): DisputeRecord {
  const { store, clock } = world;
  if (open.refundedMinor > 0) giveBack(world, open);
  const capture = store.find('capture', open.captureId)!;
  const lostMinor = BUYER_WINS.has(outcome)
    ? Math.min(refundedMinor, open.amountMinor, capture.amountMinor - capture.refundedMinor)
    : 0;
  const nowMs = clock.nowMs();
  const dispute: DisputeRecord = {
    ...open,
    status: 'RESOLVED',
    outcome,
    // With a payout the buyer has the money from PayPal, and it costs the seller nothing.
    refundedMinor: outcome === 'RESOLVED_WITH_PAYOUT' ? open.amountMinor : lostMinor,
    takenFromSellerMinor: lostMinor > 0 ? reverse(world, capture, lostMinor) : 0,
    updatedAtMs: nowMs,
  };
  store.save('dispute', dispute);
  announceDispute(world, 'RESOLVED', dispute);
  // The 28 days may have passed while the dispute was open.
  if (nowMs >= capture.createdAtMs + LONGEST_HOLD_MS) {
    const current = store.find('capture', capture.id)!;
    if (amountToRelease(current) > 0) releaseAutomatically(world, current.id);
  }
  return dispute;
}

/** PayPal charges the seller, or the partner, for the dispute; or gives that back. */
export function chargeForDispute(
  world: World,
  open: DisputeRecord,
  charge: NonNullable<DisputeRecord['charges']>[number],
): DisputeRecord {
  const nowMs = world.clock.nowMs();
  const charges = [...(open.charges ?? []), charge];
  const dispute: DisputeRecord = { ...open, charges, updatedAtMs: nowMs };
  world.store.save('dispute', dispute);
  const capture = world.store.find('capture', open.captureId)!;
  const isDebit = charge.type === 'DEBIT';
  world.store.addMovement({
    id: transactionId(),
    atMs: nowMs,
    eventCode: isDebit ? 'T0106' : 'T1108',
    amountMinor: isDebit ? -charge.minor : charge.minor,
    feeMinor: 0,
    currency: capture.currency,
    referenceId: capture.id,
    referenceType: 'TXN',
    invoiceId: capture.invoiceId,
    customId: capture.customId,
    status: 'S',
  });
  announceDispute(world, 'UPDATED', dispute);
  return dispute;
}

/**
 * The seller appeals, or a case is opened again: PayPal looks at it once more. Assumed: what was taken stays
 * taken meanwhile, and there is no outcome.
 */
export function reopenDispute(world: World, ended: DisputeRecord): DisputeRecord {
  const dispute: DisputeRecord = {
    ...ended,
    status: 'UNDER_REVIEW',
    outcome: undefined,
    appealed: true,
    updatedAtMs: world.clock.nowMs(),
  };
  world.store.save('dispute', dispute);
  announceDispute(world, 'UPDATED', dispute);
  return dispute;
}

/** An appeal is decided anew: the buyer gives back what PayPal had taken for the first decision. */
function giveBack(world: World, { captureId, refundedMinor }: DisputeRecord): void {
  const capture = world.store.find('capture', captureId)!;
  const nowMs = world.clock.nowMs();
  const stillRefundedMinor = capture.refundedMinor - refundedMinor;
  // The opposite of what the reversal took: negative of its share.
  const platformFeeMinor = -platformShare(capture, stillRefundedMinor);
  world.store.save('capture', {
    ...capture,
    status: stillRefundedMinor > 0 ? 'PARTIALLY_REFUNDED' : 'COMPLETED',
    updatedAtMs: nowMs,
    refundedMinor: stillRefundedMinor,
    refundedPlatformFeeMinor: capture.refundedPlatformFeeMinor - platformFeeMinor,
    debitedMinor: capture.debitedMinor - (refundedMinor - platformFeeMinor),
  });
  world.store.addMovement({
    id: transactionId(),
    atMs: nowMs,
    eventCode: 'T1106',
    amountMinor: refundedMinor,
    feeMinor: 0,
    currency: capture.currency,
    referenceId: capture.id,
    referenceType: 'TXN',
    invoiceId: capture.invoiceId,
    customId: capture.customId,
    status: 'S',
  });
}

/** Takes the money back as a refund does; from the platform, where the seller has none. */
export function reverse(world: World, capture: CaptureRecord, amountMinor: number): number {
  const nowMs = world.clock.nowMs();
  const refundedMinor = capture.refundedMinor + amountMinor;
  const platformFeeMinor = platformShare(capture, refundedMinor);
  const sellerMinor = amountMinor - platformFeeMinor;
  const reversed: CaptureRecord = {
    ...capture,
    status: refundedMinor === capture.amountMinor ? 'REFUNDED' : 'PARTIALLY_REFUNDED',
    updatedAtMs: nowMs,
    refundedMinor,
    refundedPlatformFeeMinor: capture.refundedPlatformFeeMinor + platformFeeMinor,
    debitedMinor: capture.debitedMinor + sellerMinor,
  };
  world.store.save('capture', reversed);
  world.store.addMovement({
    id: transactionId(),
    atMs: nowMs,
    eventCode: 'T1106',
    amountMinor: -amountMinor,
    feeMinor: 0,
    currency: capture.currency,
    referenceId: capture.id,
    referenceType: 'TXN',
    invoiceId: capture.invoiceId,
    customId: capture.customId,
    status: 'S',
  });
  recordEffect(world, { kind: 'reversal', subjectId: capture.id, amountMinor });
  announceCapture(world, 'REVERSED', reversed);
  const empty = world.store.find('seller', capture.merchantId)?.funds === 'empty';
  return capture.funds === 'released' && empty ? 0 : sellerMinor;
}

function announceDispute(
  world: World,
  what: 'CREATED' | 'UPDATED' | 'RESOLVED',
  dispute: DisputeRecord,
): void {
  const capture = world.store.find('capture', dispute.captureId)!;
  world.webhooks.announce(
    `CUSTOMER.DISPUTE.${what}`,
    'dispute',
    `A dispute was ${what.toLowerCase()}`,
    disputeBody(world, dispute, capture),
  );
}
