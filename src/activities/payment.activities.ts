import type { DataSource, EntityManager } from 'typeorm';
import { databaseNow } from '../database/clock.ts';
import { changeState, lockSubject } from '../database/change-state.ts';
import { Auction, Payment, Seller } from '../database/entities/index.ts';
import { notify } from '../database/notices.ts';
import { durationMs } from '../domain/duration.ts';
import { isFinal } from '../domain/lifecycles/lifecycle.ts';
import { paymentLifecycle, type PaymentState } from '../domain/lifecycles/payment.ts';
import type { Order, PayPal } from '../integrations/paypal/index.ts';
import { askAboutOrder } from './ask-about-order.ts';
import {
  arrived,
  later,
  msUntil,
  policyOf,
  pollAfterMs,
  waitFor,
  workflowCause,
  type Look,
} from './context.ts';
import { openOrderAtPayPal } from './open-order.ts';
import { amountOf, ORDER_LIVES_MS, orderEnded, recordOrder } from './payment-order.ts';
import { expire, recordOutcome, resolve, waitForPerson } from './payment-outcome.ts';
import { markUnknownIfAmbiguous, tryAgainSeldom } from './paypal-faults.ts';
import { freeRecovery } from './recovery.ts';
import { takeMoney } from './take-money.ts';

export interface PaymentDeps {
  readonly database: DataSource;
  readonly paypal: PayPal;
  /** The shop's page that a buyer comes back to from PayPal. */
  readonly returnUrl: string;
}

export const createPaymentActivities = ({ database, paypal, returnUrl }: PaymentDeps) => ({
  /**
   * Opens the PayPal order that the buyer approves, unless one is open. A retry after PayPal has
   * forgotten the key (6 h) may open a second order: nobody was given the first one, so nobody can
   * pay it.
   */
  async openOrder(paymentId: string): Promise<void> {
    const payment = await database.manager.findOneByOrFail(Payment, { id: paymentId });
    if (payment.paypalOrderId) return;
    const order = await openOrderAtPayPal({ database, paypal, returnUrl }, payment);
    if (order.outcome === 'refused') {
      await database.transaction(async (tx) => {
        await freeRecovery(tx, paymentId);
        await waitForPerson(tx, payment, order);
      });
      throw tryAgainSeldom(`PayPal does not open the order: ${order.reason}`, order.issue);
    }
    await database.transaction((tx) => recordOrder(tx, payment, order));
  },

  /**
   * Looks where the payment stands at PayPal and here: approved, captured, expired, or waiting; it is
   * back at `created` when another order has to be opened.
   */
  async lookAtPayment(paymentId: string): Promise<Look<PaymentState>> {
    const payment = await database.manager.findOneByOrFail(Payment, { id: paymentId });
    if (isFinal(paymentLifecycle, payment.state) || payment.capturedAt) {
      return arrived(payment.state);
    }
    if (!payment.paypalOrderId) {
      return database.transaction(async (tx) => arrived(await expireIfDue(tx, paymentId)));
    }
    const order = await askAboutOrder({ database, paypal }, payment);
    return database.transaction((tx) => follow(tx, paymentId, order));
  },

  /**
   * Captures what the buyer has approved. When an earlier attempt may have had its effect, PayPal is
   * asked first; so however often and however late this is called, the buyer pays once.
   */
  async capture(paymentId: string): Promise<PaymentState> {
    const before = await database.manager.findOneByOrFail(Payment, { id: paymentId });
    if (before.state === 'capturing' || before.state === 'unknown') {
      const order = await askAboutOrder({ database, paypal }, before);
      const found = await database.transaction((tx) => resolve(tx, paymentId, order));
      if (found !== 'approved') return found;
    } else if (before.state !== 'approved') {
      return before.state; // An earlier attempt recorded its outcome, and ended before it said so.
    }
    const begun = await database.transaction(
      async (tx) => (await changeState(tx, 'payment', paymentId, 'capture', workflowCause())).row,
    );
    const seller = await database.manager.findOneByOrFail(Seller, { id: begun.sellerId });
    const outcome = await takeMoney(paypal, begun, seller).catch(
      markUnknownIfAmbiguous(database, 'payment', paymentId),
    );
    const state = await database.transaction((tx) => recordOutcome(tx, paymentId, outcome));
    if (outcome.outcome === 'refused' && state === 'approved') {
      throw tryAgainSeldom(`PayPal does not take the payment: ${outcome.reason}`, outcome.issue);
    }
    return state;
  },
});

/** What PayPal's order says about a payment that is not yet captured. */
async function follow(
  tx: EntityManager,
  paymentId: string,
  order: Order,
): Promise<Look<PaymentState>> {
  const payment = await lockSubject(tx, 'payment', paymentId);
  const now = await databaseNow(tx);
  if (order.orderId !== payment.paypalOrderId) return arrived(payment.state); // Over meanwhile.
  if (['capturing', 'unknown', 'pending'].includes(payment.state)) {
    const state = await resolve(tx, paymentId, order);
    return state === 'pending' ? waitFor(pollAfterMs(payment.createdAt, now)) : arrived(state);
  }
  if (payment.state === 'created' && order.status === 'approved') {
    const payerId = order.payerId ?? null;
    await changeState(tx, 'payment', paymentId, 'approve', workflowCause(), { payerId });
    return arrived('approved');
  }
  if (payment.state !== 'created') return arrived(payment.state);
  if (now >= payment.payUntil) return arrived(await expire(tx, payment));
  if (order.status === 'forgotten' || order.status === 'voided') {
    await tx.update(Payment, { id: paymentId }, orderEnded(payment, now));
    return arrived('created');
  }
  return waitFor(await untilNextEvent(tx, payment, now));
}

async function expireIfDue(tx: EntityManager, paymentId: string): Promise<PaymentState> {
  const payment = await lockSubject(tx, 'payment', paymentId);
  const due = payment.state === 'created' && (await databaseNow(tx)) >= payment.payUntil;
  return due ? expire(tx, payment) : payment.state;
}

/** Sends the reminders that are due, and says how long it is to the next of: reminder, poll, end. */
async function untilNextEvent(tx: EntityManager, payment: Payment, now: Date): Promise<number> {
  const auction = await tx.findOneByOrFail(Auction, { id: payment.auctionId });
  const policy = await policyOf(tx, auction);
  const reminders = policy.reminders
    .map((after) => later(payment.createdAt, durationMs(after)))
    .filter((at) => at < payment.payUntil);
  for (const [i, at] of reminders.entries()) {
    if (at > now) continue;
    await notify(tx, {
      recipientId: payment.bidderId,
      kind: 'payment_reminder',
      subjectId: payment.id,
      occasion: i + 1,
      text: `Reminder: please pay ${amountOf(payment)} by ${payment.payUntil.toISOString()}: ${payment.approveUrl}`,
    });
  }
  const forgotten = later(payment.orderOpenedAt ?? payment.createdAt, ORDER_LIVES_MS);
  const coming = [payment.payUntil, forgotten, ...reminders].filter((at) => at > now);
  return Math.min(
    pollAfterMs(payment.createdAt, now),
    ...coming.map((moment) => msUntil(moment, now)),
  );
}
