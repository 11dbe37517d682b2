import type { EntityManager } from 'typeorm';
import { changeState, lockSubject } from '../../database/change-state.ts';
import { databaseNow } from '../../database/clock.ts';
import { Payment } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import type { PaymentState } from '../../domain/payment/lifecycle.ts';
import {
  hasEnded,
  isTaken,
  paymentAct,
  type PaymentAct,
} from '../../domain/payment/paypal-states.ts';
import type { Order } from '../../integrations/paypal/index.ts';
import { endPaymentIfExcluded } from '../reassignment/withdraw.ts';
import { arrived, pollAfterMs, waitFor, workflowCause, type Look } from '../runtime/context.ts';
import { orderEnded } from './payment-order.ts';
import { expire, recordMoney, recordPending, sendBack } from './payment-outcome.ts';
import { endIfAsked } from './end-if-asked.ts';
import { untilNextEvent } from './reminders.ts';
import { recordRefundsSeen } from './return-money.ts';

interface Standing {
  readonly tx: EntityManager;
  /** Locked. */
  readonly payment: Payment;
  readonly order: Order;
  readonly now: Date;
}

/** Does what the table says about a payment whose order PayPal shows so. */
export async function followOrder(
  tx: EntityManager,
  paymentId: string,
  order: Order,
): Promise<Look<PaymentState>> {
  const payment = await lockSubject(tx, 'payment', paymentId);
  if (order.orderId !== payment.paypalOrderId) return arrived(payment.state); // Over meanwhile.
  const standing = { tx, payment, order, now: await databaseNow(tx) };
  return ACTS[paymentAct(payment.state, order.seen)](standing);
}

const ACTS: Record<PaymentAct, (standing: Standing) => Promise<Look<PaymentState>>> = {
  wait: async ({ tx, payment, now }) => {
    if (now >= payment.payUntil) return arrived(await expire(tx, payment));
    if (await endPaymentIfExcluded(tx, payment)) return arrived('withdrawn');
    return waitFor(await untilNextEvent(tx, payment, now));
  },

  hold: ({ payment, now }) => Promise.resolve(waitFor(pollAfterMs(payment.createdAt, now))),

  tellPerson: async ({ tx, payment, order, now }) => {
    const { id, state, createdAt } = payment;
    await notify(tx, {
      recipientId: OPERATORS,
      kind: 'payment_unclear',
      subjectId: id,
      cause: order.seen,
      text: `Payment ${id} is ${state} here, and PayPal shows for order ${order.orderId}: ${order.seen}. Look it up at PayPal. Gavel goes on asking; a sale that nobody has paid can be ended.`,
    });
    return isTaken(state) || hasEnded(state)
      ? arrived(state)
      : waitFor(pollAfterMs(createdAt, now));
  },

  reopen: async ({ tx, payment, now }) => {
    if (now >= payment.payUntil) return arrived(await expire(tx, payment));
    await tx.update(Payment, { id: payment.id }, orderEnded(payment, now));
    return arrived('created');
  },

  approve: async ({ tx, payment, order }) => {
    await keepPayer(tx, payment, order);
    if (payment.state === 'created') {
      await changeState(tx, 'payment', payment.id, 'approve', workflowCause());
    }
    return arrived('approved');
  },

  findUncaptured: async ({ tx, payment }) => {
    if (await endIfAsked(tx, payment)) return arrived('withdrawn');
    const cause = workflowCause();
    await changeState(tx, 'payment', payment.id, 'findUncaptured', cause, { pendingReason: null });
    return arrived('approved');
  },

  // The activity that asks PayPal has told the operators, unless they have asked to end the sale.
  awaitPerson: async ({ tx, payment, now }) =>
    (await endIfAsked(tx, payment))
      ? arrived('withdrawn')
      : waitFor(pollAfterMs(payment.createdAt, now)),

  sendBack: async ({ tx, payment, order }) => {
    if (await endIfAsked(tx, payment)) return arrived('withdrawn');
    const issue = order.seen.replace(' ', '_').toUpperCase();
    const reason = order.capture
      ? 'PayPal could not take the payment from this source.'
      : 'The approval at PayPal is over.';
    await sendBack(tx, payment, { issue, reason });
    return arrived('created');
  },

  recordPending: async ({ tx, payment, order, now }) => {
    await keepPayer(tx, payment, order);
    const reason = order.capture?.pendingReason ?? order.authorization?.pendingReason;
    await recordPending(tx, payment, reason);
    return waitFor(pollAfterMs(payment.createdAt, now));
  },

  recordCapture: recordCaptured,
  recordLate: recordCaptured,

  recordRefunds: async ({ tx, payment, order }) => {
    await recordRefundsSeen(tx, payment.id, order.refunds ?? []);
    return arrived(payment.state);
  },

  // The activity has done it, outside of this transaction.
  void: ({ payment }) => Promise.resolve(arrived(payment.state)),
  leave: ({ payment }) => Promise.resolve(arrived(payment.state)),
};

async function recordCaptured({ tx, payment, order, now }: Standing): Promise<Look<PaymentState>> {
  await keepPayer(tx, payment, order);
  const state = await recordMoney(tx, payment, order.capture!, order.refunds);
  return state === 'pending' ? waitFor(pollAfterMs(payment.createdAt, now)) : arrived(state);
}

async function keepPayer(tx: EntityManager, { id }: Payment, { payerId }: Order): Promise<void> {
  if (payerId) await tx.update(Payment, { id }, { payerId });
}
