import type { DataSource, EntityManager } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { changeState, lockSubject } from '../../database/change-state.ts';
import { Payment } from '../../database/entities/index.ts';
import type { PaymentState } from '../../domain/payment/lifecycle.ts';
import { hasEnded, paymentAct } from '../../domain/payment/paypal-states.ts';
import type { PayPal } from '../../integrations/paypal/index.ts';
import { askAboutOrder } from './ask-about-order.ts';
import { endPaymentIfExcluded } from '../reassignment/withdraw.ts';
import { arrived, workflowCause, type Look } from '../runtime/context.ts';
import { openOrderAtPayPal } from './open-order.ts';
import { followAbandonedOrders } from './abandoned-orders.ts';
import { followOrder } from './follow-order.ts';
import { recordOrder } from './payment-order.ts';
import { expire, recordOutcome, waitForPerson } from './payment-outcome.ts';
import {
  markUnknownIfAmbiguous,
  rethrowForTemporal,
  tryAgainSeldom,
} from '../paypal/paypal-faults.ts';
import { freeRecovery } from '../disbursement/recovery.ts';
import { assertedBy, takeMoney } from './take-money.ts';

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
    if (payment.paypalOrderId || payment.state !== 'created') return;
    if (await database.transaction((tx) => endIfExcluded(tx, paymentId))) return;
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
    if (hasEnded(payment.state)) return arrived(payment.state);
    const paid = await followAbandonedOrders({ database, paypal }, paymentId);
    if (paid) return paid;
    if (!payment.paypalOrderId) {
      return database.transaction(async (tx) => arrived(await expireIfDue(tx, paymentId)));
    }
    const order = await askAboutOrder({ database, paypal }, payment);
    return database.transaction((tx) => followOrder(tx, paymentId, order));
  },

  /** Looks whether money has come, or is kept, for a payment that has ended here: it goes back. */
  async lookAtEndedPayment(paymentId: string): Promise<Look<PaymentState>> {
    const paid = await followAbandonedOrders({ database, paypal }, paymentId);
    if (paid) return paid;
    const payment = await database.manager.findOneByOrFail(Payment, { id: paymentId });
    if (!payment.paypalOrderId) return arrived(payment.state);
    const order = await askAboutOrder({ database, paypal }, payment);
    if (paymentAct(payment.state, order.seen) === 'void') {
      const { authorizationId } = order.authorization!;
      await paypal.authorizations
        .void({ authorizationId, sellerMerchantId: assertedBy(payment) })
        .catch(rethrowForTemporal(database, paymentId));
    }
    return database.transaction((tx) => followOrder(tx, paymentId, order));
  },

  /**
   * Captures what the buyer has approved. When an earlier attempt may have had its effect, PayPal is
   * asked first; so however often and however late this is called, the buyer pays once.
   */
  async capture(paymentId: string): Promise<PaymentState> {
    const before = await database.manager.findOneByOrFail(Payment, { id: paymentId });
    if (before.state === 'capturing' || before.state === 'unknown') {
      const order = await askAboutOrder({ database, paypal }, before);
      const found = await database.transaction((tx) => followOrder(tx, paymentId, order));
      const { state } = await database.manager.findOneByOrFail(Payment, { id: paymentId });
      if (!found.done || state !== 'approved') return state;
    }
    const begun = await database.transaction(async (tx) => {
      const payment = await lockSubject(tx, 'payment', paymentId);
      // An earlier attempt recorded its outcome and ended before it said so, or the sale has been ended.
      if (payment.state !== 'approved') return payment.state;
      if (await endPaymentIfExcluded(tx, payment)) return 'withdrawn';
      return (await changeState(tx, 'payment', paymentId, 'capture', workflowCause())).row;
    });
    if (typeof begun === 'string') return begun;
    const outcome = await takeMoney(paypal, begun).catch(
      markUnknownIfAmbiguous(database, 'payment', paymentId),
    );
    const state = await database.transaction((tx) => recordOutcome(tx, paymentId, outcome));
    if (outcome.outcome === 'refused' && state === 'approved') {
      throw tryAgainSeldom(`PayPal does not take the payment: ${outcome.reason}`, outcome.issue);
    }
    return state;
  },
});

/** Ends it when the buyer may not buy any more, before there is anything to pay. */
async function endIfExcluded(tx: EntityManager, paymentId: string): Promise<boolean> {
  const payment = await lockSubject(tx, 'payment', paymentId);
  return payment.state === 'created' && endPaymentIfExcluded(tx, payment);
}

async function expireIfDue(tx: EntityManager, paymentId: string): Promise<PaymentState> {
  const payment = await lockSubject(tx, 'payment', paymentId);
  const due = payment.state === 'created' && (await databaseNow(tx)) >= payment.payUntil;
  return due ? expire(tx, payment) : payment.state;
}
