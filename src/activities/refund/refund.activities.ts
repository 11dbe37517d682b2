import type { DataSource, EntityManager } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { changeState } from '../../database/change-state.ts';
import { Disbursement, Payment, Refund } from '../../database/entities/index.ts';
import { lockRefund } from '../../services/refund/lock-refund.ts';
import { isLeaving } from '../../domain/disbursement/may-leave.ts';
import type { RefundState } from '../../domain/refund/lifecycle.ts';
import {
  REFUND_TABLE,
  type RefundAtPayPal as RefundAtPayPalStatus,
} from '../../domain/refund/paypal-states.ts';
import type { PayPal, Refund as RefundAtPayPal } from '../../integrations/paypal/index.ts';
import { workflowCause } from '../runtime/context.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { sendLater } from '../../database/outbox.ts';
import { tellRefundedAfterAll } from '../../services/paypal/paypal-news.ts';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import { markUnknownIfAmbiguous, rethrowForTemporal } from '../paypal/paypal-faults.ts';
import type { PayoutOutcome } from '../disbursement/house-payout.ts';
import { recordRefund } from './record-refund.ts';
import { payBuyer, recordPending, stepIn } from './refund-by-house.ts';
import { assertedBy } from '../payment/take-money.ts';

export interface RefundDeps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

export const createRefundActivities = ({ database, paypal }: RefundDeps) => ({
  /**
   * Gives the money back. A refund waits (`requested`) while a release is under way, and is asked
   * about before it is repeated. PayPal keeps the key of a refund for 45 days, that of a payout for 30.
   */
  async sendRefund(refundId: string): Promise<RefundState> {
    const begun = await database.transaction((tx) => begin(tx, refundId));
    switch (begun.state) {
      case 'sending': {
        const outcome = await refundCapture({ database, paypal }, begun);
        return database.transaction((tx) => record(tx, refundId, outcome));
      }
      case 'paying': {
        const outcome = await payBuyer({ database, paypal }, begun);
        return database.transaction((tx) => recordPayout(tx, refundId, outcome));
      }
      default:
        return begun.state;
    }
  },
});

async function refundCapture(
  { database, paypal }: RefundDeps,
  { id, paymentId, paypalRefundId, amountMinor, currency, reason, giveUpReason }: Refund,
): Promise<SendOutcome> {
  if (paypalRefundId) {
    return paypal.refunds.get(paypalRefundId).then(asOutcome, rethrowForTemporal(database, id));
  }
  const payment = await database.manager.findOneByOrFail(Payment, { id: paymentId });
  if (giveUpReason !== null) {
    const found = await paypal.refunds
      .find({ orderId: payment.paypalOrderId!, invoiceId: id, amountMinor })
      .catch(rethrowForTemporal(database, id));
    return found ? asOutcome(found) : { outcome: 'refused', issue: GIVEN_UP, reason: giveUpReason };
  }
  return paypal.captures
    .refund({
      captureId: payment.captureId!,
      requestId: `refund:${id}`,
      sellerMerchantId: assertedBy(payment),
      amountMinor,
      currency,
      invoiceId: id,
      note: reason,
    })
    .catch(markUnknownIfAmbiguous(database, 'refund', id));
}

async function begin(tx: EntityManager, refundId: string): Promise<Refund> {
  const { refund, disbursement } = await lockRefund(tx, refundId);
  const leaving = disbursement !== null && isLeaving(disbursement.state);
  if (refund.state === 'requested' && !leaving) {
    return (await changeState(tx, 'refund', refundId, 'send', workflowCause())).row;
  }
  if (refund.state === 'unknown') {
    const event = refund.way === 'payout' ? 'payAgain' : 'resend';
    return (await changeState(tx, 'refund', refundId, event, workflowCause())).row;
  }
  return refund;
}

/** What matters here of PayPal's answer, be it to the refund or to a later question about it. */
type SendOutcome =
  | { outcome: 'refunded' | 'pending'; refund: RefundAtPayPal }
  | { outcome: 'refused'; issue: string; reason: string };

/** A person has given it up, and PayPal does not have it. */
const GIVEN_UP = 'given up';

function asOutcome(refund: RefundAtPayPal): SendOutcome {
  switch (REFUND_TABLE[inPayPalsWords(refund)].asked) {
    case 'complete':
      return { outcome: 'refunded', refund };
    case 'wait':
      return { outcome: 'pending', refund };
    default:
      return { outcome: 'refused', issue: refund.status, reason: `PayPal: ${refund.status}.` };
  }
}

const inPayPalsWords = ({ status }: RefundAtPayPal): RefundAtPayPalStatus =>
  status === 'unknown' ? status : (status.toUpperCase() as RefundAtPayPalStatus);

async function record(
  tx: EntityManager,
  refundId: string,
  outcome: SendOutcome,
): Promise<RefundState> {
  // Another attempt may have heard PayPal refuse, and the house may be paying: then this one is too late.
  const { refund } = await lockRefund(tx, refundId);
  if (refund.way === 'payout' || refund.state === 'failed') {
    if (outcome.outcome !== 'refused') {
      await tellRefundedAfterAll(tx, refund, outcome.refund.refundId);
    }
    return refund.state;
  }
  switch (outcome.outcome) {
    case 'refunded':
      await recordRefund(tx, refundId, {
        paypalRefundId: outcome.refund.refundId,
        shares: outcome.refund.sharesUnknown ? undefined : outcome.refund,
      });
      return 'completed';
    case 'pending':
      await tx.update(Refund, { id: refundId }, { paypalRefundId: outcome.refund.refundId });
      return 'sending';
    case 'refused':
      if (await stepIn(tx, refundId, outcome)) return 'paying';
      await fail(tx, refundId, outcome, `PayPal did not refund: ${outcome.reason}`);
      return 'failed';
  }
}

async function recordPayout(
  tx: EntityManager,
  refundId: string,
  outcome: PayoutOutcome,
): Promise<RefundState> {
  const { state } = (await lockRefund(tx, refundId)).refund;
  if (state === 'failed') {
    if (outcome.outcome !== 'failed') await tellPaidAfterAll(tx, refundId, outcome.payoutId);
    return state;
  }
  switch (outcome.outcome) {
    case 'paid':
      await recordRefund(tx, refundId, outcome);
      return 'completed';
    case 'pending':
      await recordPending(tx, refundId, outcome);
      return 'paying';
    case 'failed': {
      const text = `PayPal does not take the refund from the seller, and the house's payout to the buyer failed: ${outcome.reason}. Mend the cause, then refund again.`;
      await fail(tx, refundId, { issue: outcome.reason, reason: outcome.reason }, text);
      return 'failed';
    }
  }
}

async function fail(
  tx: EntityManager,
  refundId: string,
  { issue, reason }: { issue: string; reason: string },
  text: string,
): Promise<void> {
  await changeState(tx, 'refund', refundId, 'fail', workflowCause(issue), {
    failureReason: reason,
    completedAt: await databaseNow(tx),
  });
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'refund_failed',
    subjectId: refundId,
    text,
  });
  await releaseGoesOn(tx, refundId);
}

const tellPaidAfterAll = (tx: EntityManager, refundId: string, payoutId: string): Promise<void> =>
  notify(tx, {
    recipientId: OPERATORS,
    kind: 'refund_unclear',
    subjectId: refundId,
    cause: payoutId,
    text: `PayPal has payout ${payoutId} for a refund that has failed here, so it is not recorded: look whether the buyer has it twice. The reconciliation offers the repair.`,
  });

/** A release waits while a refund is under way, however that ends. */
async function releaseGoesOn(tx: EntityManager, refundId: string): Promise<void> {
  const { paymentId } = await tx.findOneByOrFail(Refund, { id: refundId });
  const disbursement = await tx.findOneBy(Disbursement, { paymentId });
  if (disbursement) await sendLater(tx, lookAgain(workflowIds.disbursement(disbursement.id)));
}
