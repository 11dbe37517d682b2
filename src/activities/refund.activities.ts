import type { DataSource, EntityManager } from 'typeorm';
import { databaseNow } from '../database/clock.ts';
import { changeState, lockSubject } from '../database/change-state.ts';
import { Disbursement, Payment, Refund, Seller } from '../database/entities/index.ts';
import type { RefundState } from '../domain/lifecycles/refund.ts';
import type { PayPal, Refund as RefundAtPayPal } from '../integrations/paypal/index.ts';
import { workflowCause } from './context.ts';
import { notify, OPERATORS } from '../database/notices.ts';
import { sendLater } from '../database/outbox.ts';
import { lookAgain, workflowIds } from '../workflows/messages.ts';
import { markUnknownIfAmbiguous, rethrowForTemporal } from './paypal-faults.ts';
import { recordRefund } from './record-refund.ts';

export interface RefundDeps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

export const createRefundActivities = ({ database, paypal }: RefundDeps) => ({
  /**
   * Gives the money back. A refund waits (`requested`) while a release is under way, and is asked
   * about before it is repeated. PayPal keeps the key of a refund for 45 days.
   */
  async sendRefund(refundId: string): Promise<RefundState> {
    const begun = await database.transaction((tx) => begin(tx, refundId));
    if (begun.state !== 'sending') return begun.state;
    const payment = await database.manager.findOneByOrFail(Payment, { id: begun.paymentId });
    const seller = await database.manager.findOneByOrFail(Seller, { id: payment.sellerId });
    const outcome = await (begun.paypalRefundId
      ? paypal.refunds
          .get(begun.paypalRefundId)
          .then(asOutcome, rethrowForTemporal(database, refundId))
      : paypal.captures
          .refund({
            captureId: payment.captureId!,
            requestId: `refund:${refundId}`,
            sellerMerchantId: payment.heldBy === 'house' ? null : seller.paypalMerchantId,
            amountMinor: begun.amountMinor,
            currency: begun.currency,
            invoiceId: refundId,
            note: begun.reason,
          })
          .catch(markUnknownIfAmbiguous(database, 'refund', refundId)));
    return database.transaction((tx) => record(tx, refundId, outcome));
  },
});

async function begin(tx: EntityManager, refundId: string): Promise<Refund> {
  const { paymentId } = await tx.findOneByOrFail(Refund, { id: refundId });
  // The disbursement first, as the release does: one of the two waits for the other.
  const disbursement = await tx.findOneBy(Disbursement, { paymentId });
  const locked = disbursement && (await lockSubject(tx, 'disbursement', disbursement.id));
  const refund = await lockSubject(tx, 'refund', refundId);
  const releasing = locked?.state === 'releasing' || locked?.state === 'unknown';
  if (refund.state === 'requested' && !releasing) {
    return (await changeState(tx, 'refund', refundId, 'send', workflowCause())).row;
  }
  if (refund.state === 'unknown') {
    return (await changeState(tx, 'refund', refundId, 'resend', workflowCause())).row;
  }
  return refund;
}

/** What matters here of PayPal's answer, be it to the refund or to a later question about it. */
type SendOutcome =
  | { outcome: 'refunded' | 'pending'; refund: RefundAtPayPal }
  | { outcome: 'refused'; issue: string; reason: string };

function asOutcome(refund: RefundAtPayPal): SendOutcome {
  switch (refund.status) {
    case 'completed':
      return { outcome: 'refunded', refund };
    case 'pending':
      return { outcome: 'pending', refund };
    case 'failed':
    case 'cancelled':
      return { outcome: 'refused', issue: refund.status, reason: `PayPal: ${refund.status}.` };
  }
}

async function record(
  tx: EntityManager,
  refundId: string,
  outcome: SendOutcome,
): Promise<RefundState> {
  switch (outcome.outcome) {
    case 'refunded':
      await recordRefund(tx, refundId, outcome.refund.refundId);
      return 'completed';
    case 'pending':
      await tx.update(Refund, { id: refundId }, { paypalRefundId: outcome.refund.refundId });
      return 'sending';
    case 'refused':
      await changeState(tx, 'refund', refundId, 'fail', workflowCause(outcome.issue), {
        failureReason: outcome.reason,
        completedAt: await databaseNow(tx),
      });
      await notify(tx, {
        recipientId: OPERATORS,
        kind: 'refund_failed',
        subjectId: refundId,
        text: `PayPal did not refund: ${outcome.reason}`,
      });
      await releaseGoesOn(tx, refundId);
      return 'failed';
  }
}

/** A release waits while a refund is under way, however that ends. */
async function releaseGoesOn(tx: EntityManager, refundId: string): Promise<void> {
  const { paymentId } = await tx.findOneByOrFail(Refund, { id: refundId });
  const disbursement = await tx.findOneBy(Disbursement, { paymentId });
  if (disbursement) await sendLater(tx, lookAgain(workflowIds.disbursement(disbursement.id)));
}
