import type { EntityManager } from 'typeorm';
import { declareCause } from '../../database/change-state.ts';
import { Payment, Refund } from '../../database/entities/index.ts';
import { sendLater } from '../../database/outbox.ts';
import { newsOfRefund, startOfRefund } from '../../services/paypal/paypal-news.ts';
import { totalMinor } from '../../services/refund/promised.ts';
import { isFinal } from '../../domain/lifecycle/lifecycle.ts';
import { refundLifecycle } from '../../domain/refund/lifecycle.ts';
import type { Refund as RefundAtPayPal } from '../../integrations/paypal/index.ts';
import { workflowCause } from '../runtime/context.ts';
import { correlationHere } from '../runtime/correlation.ts';

/** Refunds that PayPal shows for a payment, of which we may not know. */
export async function recordRefundsSeen(
  tx: EntityManager,
  id: string,
  refunds: readonly RefundAtPayPal[],
): Promise<void> {
  for (const { refundId: paypalRefundId, status, invoiceId, amountMinor, currency } of refunds) {
    if (status === 'failed' || status === 'cancelled') continue;
    const seen = { paypalRefundId, invoiceId, amountMinor, currency };
    for (const told of await newsOfRefund(tx, { id }, seen)) {
      await sendLater(tx, told, correlationHere());
    }
  }
}

/** Gives back what has not gone back of money that came too late; a workflow sees it through. */
export async function returnMoney(tx: EntityManager, paymentId: string): Promise<void> {
  const payment = await tx.findOneByOrFail(Payment, { id: paymentId });
  const refunds = await tx.findBy(Refund, { paymentId });
  const underWay = refunds.filter(({ state }) => !isFinal(refundLifecycle, state));
  const amountMinor = payment.amountMinor - payment.refundedMinor - totalMinor(underWay);
  if (payment.state !== 'returning' || amountMinor <= 0) return;
  const reason = 'The payment came when the sale was over.';
  await declareCause(tx, workflowCause(reason));
  const { auctionId, currency } = payment;
  const { identifiers } = await tx.insert(Refund, {
    paymentId,
    auctionId,
    currency,
    amountMinor,
    reason,
  });
  const refundId = identifiers[0]!.id as string;
  await sendLater(tx, startOfRefund(payment, refundId, amountMinor), correlationHere());
}
