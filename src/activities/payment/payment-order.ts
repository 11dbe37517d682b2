import type { EntityManager } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { lockSubject } from '../../database/change-state.ts';
import { Auction, Payment } from '../../database/entities/index.ts';
import { notify } from '../../database/notices.ts';
import { durationMs } from '../../domain/common/duration.ts';
import { toDecimal } from '../../domain/common/money.ts';
import { later, policyOf } from '../runtime/context.ts';
import type { OpenedOrder } from './open-order.ts';

/** How long PayPal keeps an order that is not paid: its developers say so, its documents do not. */
export const ORDER_LIVES_MS = 3 * 3_600_000;

/** The buyer has something to pay, and is told where. Safe to repeat. */
export async function recordOrder(
  tx: EntityManager,
  { id, orderNumber }: Payment,
  order: OpenedOrder,
): Promise<void> {
  const payment = await lockSubject(tx, 'payment', id);
  const open = payment.state === 'created' && !payment.paypalOrderId;
  if (!open || payment.orderNumber !== orderNumber) return;
  if (order.recoveryMinor > payment.recoveryMinor) {
    throw new Error(
      'Another attempt has reserved less of what the seller owes: it opens the order.',
    );
  }
  const now = await databaseNow(tx);
  const payUntil = await windowEnd(tx, payment, now);
  await tx.update(
    Payment,
    { id },
    {
      paypalOrderId: order.orderId,
      approveUrl: order.approveUrl,
      heldBy: order.heldBy,
      payeeMerchantId: order.payeeMerchantId,
      authoriseFirst: order.authoriseFirst,
      recoveryMinor: order.recoveryMinor,
      payUntil,
      orderOpenedAt: now,
      orderEndedAt: null,
      refusalReason: null,
      refusalFor: null,
    },
  );
  await notify(tx, {
    recipientId: payment.bidderId,
    kind: 'payment_due',
    subjectId: id,
    occasion: payment.refusals + 1, // Not once per order: PayPal forgets an order every few hours.
    text: `Please pay ${amountOf(payment)} by ${payUntil.toISOString()}: ${order.approveUrl}`,
  });
}

/** The window runs while the buyer can pay: PayPal's delays, or ours, are not the buyer's. */
async function windowEnd(tx: EntityManager, payment: Payment, now: Date): Promise<Date> {
  if (payment.orderEndedAt) {
    return later(payment.payUntil, now.getTime() - payment.orderEndedAt.getTime());
  }
  const auction = await tx.findOneByOrFail(Auction, { id: payment.auctionId });
  const { paymentWindow } = await policyOf(tx, auction);
  return later(now, durationMs(paymentWindow));
}

/** What there is to remember of an order that cannot be paid any more: that there was one. */
export const orderEnded = ({ orderNumber }: Payment, now: Date): Partial<Payment> => ({
  paypalOrderId: null,
  approveUrl: null,
  orderNumber: orderNumber + 1,
  orderEndedAt: now,
  recoveryMinor: 0,
});

/** Keeps the order by which money may yet come although another follows. */
export async function abandonOrder(tx: EntityManager, payment: Payment): Promise<void> {
  await tx.query(
    `INSERT INTO abandoned_order SELECT paypal_order_id, id, payee_merchant_id, held_by FROM payment
     WHERE id = $1 AND paypal_order_id IS NOT NULL ON CONFLICT DO NOTHING`,
    [payment.id],
  );
}

export const amountOf = ({ amountMinor, currency }: Payment): string =>
  `${toDecimal(amountMinor, currency)} ${currency}`;
