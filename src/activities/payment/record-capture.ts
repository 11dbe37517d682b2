import type { EntityManager } from 'typeorm';
import { changeState, declareCause } from '../../database/change-state.ts';
import { Auction, Disbursement, type Payment } from '../../database/entities/index.ts';
import { isAnother, tellPaidTwice } from '../../services/payment/late-payment.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { sendLater } from '../../database/outbox.ts';
import { tellPayPalDiffers } from '../../services/reconciliation/figures.ts';
import { durationMs } from '../../domain/common/duration.ts';
import { invoiceFor } from '../../domain/erp/erp-document.ts';
import { capturePosting } from '../../domain/ledger/ledger.ts';
import { toDecimal } from '../../domain/common/money.ts';
import { hasEnded, isTaken } from '../../domain/payment/paypal-states.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import type { Capture } from '../../integrations/paypal/index.ts';
import { workflowIds } from '../../workflows/messages.ts';
import { later, policyOf, workflowCause } from '../runtime/context.ts';
import { correlationHere } from '../runtime/correlation.ts';
import { issueDocument, saleOf } from '../erp/issue-document.ts';
import { amountOf } from './payment-order.ts';
import { postWithRecovery } from '../disbursement/recovery.ts';

/** Who holds the money pays the seller by itself this long after the capture: the house, never. */
const RELEASES_BY_ITSELF_AFTER_MS = {
  paypal: durationMs('P28D'),
  house: 100 * durationMs('P365D'),
} as const;

/**
 * Everything that a captured payment means, in one transaction. Safe to repeat. When the sale is not this
 * buyer's any more, the money is on its way back from the beginning: see returnMoney.
 */
export async function recordCapture(
  tx: EntityManager,
  payment: Payment,
  capture: Capture,
): Promise<void> {
  if (isTaken(payment.state)) {
    return isAnother(payment, capture) ? tellPaidTwice(tx, payment, capture.captureId) : undefined;
  }
  const late = hasEnded(payment.state);
  const auction = await tx.findOneByOrFail(Auction, { id: payment.auctionId });
  const policy = await policyOf(tx, auction);
  // No seller pays PayPal's fee for money that goes back because the house had ended the sale.
  const byHouse = late || policy.paypalFeeBorneBy === 'house';
  const sellerCreditMinor = byHouse ? capture.paypalFeeMinor : 0;
  const capturedAt = new Date(capture.capturedAt);
  const { row: captured } = await changeState(
    tx,
    'payment',
    payment.id,
    late ? 'recordLateMoney' : 'recordCapture',
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
      refusalFor: null,
      pendingReason: null,
      ...(late && { recoveryMinor: recoveredBy(payment, capture) }),
    },
  );
  if (!late) await changeState(tx, 'offer', payment.offerId, 'pay', workflowCause());
  const posting = capturePosting({
    ...captured,
    paymentId: payment.id,
    paypalFeeMinor: capture.paypalFeeMinor,
    sellerCreditMinor,
  });
  await postWithRecovery(tx, posting, captured);
  await comparePlatformFee(tx, captured, capture);
  await beginDisbursement(tx, captured, policy, late);
  await issueDocument(tx, 'invoice', payment.id, invoiceFor(await saleOf(tx, captured)), captured);
  await (late ? tellLate : tellPaid)(tx, captured);
}

/** A recovery is forgotten when a payment ends, but the order still has it: PayPal says so. */
const recoveredBy = ({ heldBy, platformFeeMinor }: Payment, capture: Capture): number =>
  heldBy === 'paypal' ? Math.max(0, capture.platformFeeMinor - platformFeeMinor) : 0;

async function tellPaid(tx: EntityManager, payment: Payment): Promise<void> {
  const { id, bidderId, sellerId, capturedAt } = payment;
  const amount = amountOf(payment);
  await notify(tx, {
    recipientId: bidderId,
    kind: 'payment_received',
    subjectId: id,
    text: `Thank you: you have paid ${amount} at ${capturedAt!.toISOString()}. You have nothing more to pay.`,
  });
  await notify(tx, {
    recipientId: sellerId,
    kind: 'sale_paid',
    subjectId: id,
    text: `The buyer has paid for sale ${payment.auctionId}: please send the piece. You are paid when it has arrived.`,
  });
}

async function tellLate(tx: EntityManager, payment: Payment): Promise<void> {
  const { id, bidderId } = payment;
  const amount = amountOf(payment);
  await notify(tx, {
    recipientId: bidderId,
    kind: 'late_money',
    subjectId: id,
    text: `Your payment of ${amount} came when the sale to you was over. All of it goes back to you.`,
  });
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'late_money',
    subjectId: id,
    text: `${amount} of ${bidderId} came when that sale was over. It is recorded, and goes back by itself.`,
  });
}

/** The report lists the platform's fee, so that a reconciliation finds it, too; the house hears of it now. */
async function comparePlatformFee(
  tx: EntityManager,
  { id, heldBy, platformFeeMinor, recoveryMinor, currency }: Payment,
  capture: Capture,
): Promise<void> {
  const askedMinor = heldBy === 'paypal' ? platformFeeMinor + recoveryMinor : 0;
  if (capture.platformFeeMinor === askedMinor) return;
  const [said, asked] = [capture.platformFeeMinor, askedMinor].map((minor) =>
    toDecimal(minor, currency),
  );
  await tellPayPalDiffers(tx, id, 'the platform fee', `${said}, we asked for ${asked}`);
}

async function beginDisbursement(
  tx: EntityManager,
  payment: Payment,
  policy: Policy,
  late: boolean,
): Promise<void> {
  await declareCause(tx, workflowCause());
  const capturedAt = payment.capturedAt!;
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
    holdReason: late ? 'The money came too late, and goes back to the buyer.' : null,
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
