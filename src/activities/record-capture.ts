import type { EntityManager } from 'typeorm';
import { changeState, declareCause } from '../database/change-state.ts';
import { Auction, Disbursement, type Payment } from '../database/entities/index.ts';
import { sendLater } from '../database/outbox.ts';
import { durationMs } from '../domain/duration.ts';
import { invoiceFor } from '../domain/erp-document.ts';
import { capturePosting } from '../domain/ledger.ts';
import type { Policy } from '../domain/policy.ts';
import type { Capture } from '../integrations/paypal/index.ts';
import { workflowIds } from '../workflows/messages.ts';
import { later, policyOf, workflowCause } from './context.ts';
import { correlationHere } from './correlation.ts';
import { issueDocument, saleOf } from './issue-document.ts';
import { postWithRecovery } from './recovery.ts';

/** Who holds the money pays the seller by itself this long after the capture: the house, never. */
const RELEASES_BY_ITSELF_AFTER_MS = {
  paypal: durationMs('P28D'),
  house: 100 * durationMs('P365D'),
} as const;

/** Everything that a captured payment means, in one transaction. Safe to repeat. */
export async function recordCapture(
  tx: EntityManager,
  payment: Payment,
  capture: Capture,
): Promise<void> {
  const auction = await tx.findOneByOrFail(Auction, { id: payment.auctionId });
  const policy = await policyOf(tx, auction);
  const sellerCreditMinor = policy.paypalFeeBorneBy === 'house' ? capture.paypalFeeMinor : 0;
  const capturedAt = new Date(capture.capturedAt);
  const { changed, row: captured } = await changeState(
    tx,
    'payment',
    payment.id,
    'recordCapture',
    workflowCause(),
    {
      captureId: capture.captureId,
      capturedAt,
      paypalFeeMinor: capture.paypalFeeMinor,
      // The house's own capture knows no platform fee: the house keeps it at the release.
      payoutMinor:
        payment.heldBy === 'house' ? capture.netMinor - payment.platformFeeMinor : capture.netMinor,
      sellerCreditMinor,
      refusalReason: null,
      pendingReason: null,
    },
  );
  if (!changed) return;
  await changeState(tx, 'offer', payment.offerId, 'pay', workflowCause());
  const posting = capturePosting({
    ...captured,
    paymentId: payment.id,
    paypalFeeMinor: capture.paypalFeeMinor,
    sellerCreditMinor,
  });
  await postWithRecovery(tx, posting, captured);
  await beginDisbursement(tx, captured, policy, capturedAt);
  await issueDocument(tx, 'invoice', payment.id, invoiceFor(await saleOf(tx, captured)), captured);
}

async function beginDisbursement(
  tx: EntityManager,
  payment: Payment,
  policy: Policy,
  capturedAt: Date,
): Promise<void> {
  await declareCause(tx, workflowCause());
  const lastSafeAt = later(capturedAt, durationMs(policy.lastSafeMoment));
  const { identifiers } = await tx.insert(Disbursement, {
    paymentId: payment.id,
    auctionId: payment.auctionId,
    sellerId: payment.sellerId,
    currency: payment.currency,
    amountMinor: payment.payoutMinor!,
    dueAt: later(capturedAt, durationMs(policy.longestHold)),
    lastSafeAt,
    alarmAt: later(lastSafeAt, -durationMs(policy.alarmBeforeLastSafe)),
    heldBy: payment.heldBy,
    autoReleaseAt: later(capturedAt, RELEASES_BY_ITSELF_AFTER_MS[payment.heldBy]),
  });
  const disbursementId = identifiers[0]!.id as string;
  await sendLater(
    tx,
    {
      kind: 'start',
      life: 'disbursement',
      workflowId: workflowIds.disbursement(disbursementId),
      input: { disbursementId },
      summary: `Holds the money of ${payment.sellerId} until it is due`,
      attributes: { GavelAuction: payment.auctionId, GavelSeller: payment.sellerId },
    },
    correlationHere(),
  );
}
