import type { DataSource, EntityManager } from 'typeorm';
import { lockSubject } from '../../database/change-state.ts';
import type { Payment } from '../../database/entities/index.ts';
import type { PaymentState } from '../../domain/payment/lifecycle.ts';
import { paymentAct } from '../../domain/payment/paypal-states.ts';
import type { Order, PayPal } from '../../integrations/paypal/index.ts';
import type { Look } from '../runtime/context.ts';
import { rethrowForTemporal } from '../paypal/paypal-faults.ts';
import { abandonOrder } from './payment-order.ts';
import { followOrder } from './follow-order.ts';

// An order that was declined is followed by another, and PayPal knows both for some hours. Nobody here
// captures the first any more; should it be paid all the same, it is the payment's order again.

interface Deps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

/** Asks PayPal about them, and says how the payment stands if one of them was paid. */
export async function followAbandonedOrders(
  { database, paypal }: Deps,
  paymentId: string,
): Promise<Look<PaymentState> | undefined> {
  for (const { orderId } of await abandonedOrders(database, paymentId)) {
    const order = await paypal.orders.get(orderId).catch(rethrowForTemporal(database, paymentId));
    if (order.status === 'forgotten') await forget(database, orderId);
    const look = await database.transaction((tx) => followIfPaid(tx, paymentId, order));
    if (look) return look;
  }
  return undefined;
}

const abandonedOrders = (database: DataSource, paymentId: string) =>
  database.query<{ orderId: string }[]>(
    'SELECT paypal_order_id AS "orderId" FROM abandoned_order WHERE payment_id = $1',
    [paymentId],
  );

const forget = (database: DataSource, orderId: string) =>
  database.query('DELETE FROM abandoned_order WHERE paypal_order_id = $1', [orderId]);

async function followIfPaid(
  tx: EntityManager,
  paymentId: string,
  order: Order,
): Promise<Look<PaymentState> | undefined> {
  const payment = await lockSubject(tx, 'payment', paymentId);
  // While another capture is under way nothing is decided: the next look is.
  if (['capturing', 'unknown', 'pending'].includes(payment.state)) return undefined;
  const act = paymentAct(payment.state, order.seen);
  if (act !== 'recordCapture' && act !== 'recordLate') return undefined;
  await abandonOrder(tx, payment);
  await takeUpAgain(tx, payment, order.orderId);
  return followOrder(tx, paymentId, order);
}

async function takeUpAgain(tx: EntityManager, { id }: Payment, orderId: string): Promise<void> {
  await tx.query(
    `UPDATE payment SET paypal_order_id = old.paypal_order_id, held_by = old.held_by,
            payee_merchant_id = old.payee_merchant_id
     FROM abandoned_order AS old WHERE payment.id = $1 AND old.paypal_order_id = $2`,
    [id, orderId],
  );
  await tx.query('DELETE FROM abandoned_order WHERE paypal_order_id = $1', [orderId]);
}
