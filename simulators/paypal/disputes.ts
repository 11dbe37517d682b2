import { announceCapture, LONGEST_HOLD_MS } from './captures.ts';
import { disputeBody } from './bodies.ts';
import { disputeId, transactionId } from './identifiers.ts';
import { amountToRelease, releaseAutomatically } from './payouts.ts';
import type { CaptureRecord, DisputeRecord } from './records.ts';
import { recordEffect } from './world.ts';
import type { World } from './world.ts';

/** A buyer complains: the money stays where it is until the dispute is over. */
export function openDispute(
  world: World,
  capture: CaptureRecord,
  { reason, stage }: { reason: string; stage: string },
): DisputeRecord {
  const nowMs = world.clock.nowMs();
  const dispute: DisputeRecord = {
    id: disputeId(),
    captureId: capture.id,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    status: 'OPEN',
    reason,
    stage,
    amountMinor: capture.amountMinor - capture.refundedMinor,
    currency: capture.currency,
    refundedMinor: 0,
  };
  world.store.save('dispute', dispute);
  world.store.save('capture', { ...capture, disputeId: dispute.id });
  announceDispute(world, 'CREATED', dispute);
  return dispute;
}

/** The outcomes after which the buyer has the money back, at the seller's cost. */
const BUYER_WINS = new Set(['RESOLVED_BUYER_FAVOUR', 'ACCEPTED']);

export function resolveDispute(world: World, open: DisputeRecord, outcome: string): DisputeRecord {
  const { store, clock } = world;
  const capture = store.find('capture', open.captureId)!;
  const left = Math.min(open.amountMinor, capture.amountMinor - capture.refundedMinor);
  const refundedMinor = BUYER_WINS.has(outcome) ? left : 0;
  const nowMs = clock.nowMs();
  const dispute: DisputeRecord = {
    ...open,
    status: 'RESOLVED',
    outcome,
    refundedMinor,
    updatedAtMs: nowMs,
  };
  store.save('dispute', dispute);
  if (refundedMinor > 0) reverse(world, capture, refundedMinor);
  announceDispute(world, 'RESOLVED', dispute);
  // The 28 days may have passed while the dispute was open.
  if (nowMs >= capture.createdAtMs + LONGEST_HOLD_MS) {
    const current = store.find('capture', capture.id)!;
    if (amountToRelease(current) > 0) releaseAutomatically(world, current.id);
  }
  return dispute;
}

function reverse(world: World, capture: CaptureRecord, amountMinor: number): void {
  const nowMs = world.clock.nowMs();
  const refundedMinor = capture.refundedMinor + amountMinor;
  const reversed: CaptureRecord = {
    ...capture,
    status: refundedMinor === capture.amountMinor ? 'REFUNDED' : 'PARTIALLY_REFUNDED',
    updatedAtMs: nowMs,
    refundedMinor,
    debitedMinor: capture.debitedMinor + amountMinor,
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
}

function announceDispute(world: World, what: 'CREATED' | 'RESOLVED', dispute: DisputeRecord): void {
  const capture = world.store.find('capture', dispute.captureId)!;
  world.webhooks.announce(
    `CUSTOMER.DISPUTE.${what}`,
    'dispute',
    `A dispute was ${what.toLowerCase()}`,
    disputeBody(world, dispute, capture),
  );
}
