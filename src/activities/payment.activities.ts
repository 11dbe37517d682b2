import type { DataSource, EntityManager } from 'typeorm';
import { databaseNow } from '../database/clock.ts';
import { changeState, lockSubject } from '../database/change-state.ts';
import { Auction, Lot, Payment, Seller } from '../database/entities/index.ts';
import { durationMs } from '../domain/duration.ts';
import { paymentLifecycle, type PaymentState } from '../domain/lifecycles/payment.ts';
import { isFinal } from '../domain/lifecycles/lifecycle.ts';
import { toDecimal } from '../domain/money.ts';
import type {
  Capture,
  CaptureOutcome,
  Order,
  PayPal,
  RefusedOutcome,
} from '../integrations/paypal/index.ts';
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
import { notify } from '../database/notices.ts';
import {
  alertRefusal,
  markUnknownIfAmbiguous,
  rethrowForTemporal,
  untilMended,
} from './paypal-faults.ts';
import { recordCapture } from './record-capture.ts';

export interface PaymentDeps {
  readonly database: DataSource;
  readonly paypal: PayPal;
  /** The shop's page that a buyer comes back to from PayPal. */
  readonly returnUrl: string;
}

export const createPaymentActivities = ({ database, paypal, returnUrl }: PaymentDeps) => ({
  /**
   * Opens the PayPal order that the buyer approves. A retry after PayPal has forgotten the key (6 h)
   * may open a second order: nobody was given the first one, so nobody can pay it.
   */
  async openOrder(paymentId: string): Promise<void> {
    const payment = await database.manager.findOneByOrFail(Payment, { id: paymentId });
    if (payment.paypalOrderId) return;
    const seller = await database.manager.findOneByOrFail(Seller, { id: payment.sellerId });
    const auction = await database.manager.findOneByOrFail(Auction, { id: payment.auctionId });
    const lot = await database.manager.findOneByOrFail(Lot, { id: auction.lotId });

    const order = await paypal.orders
      .create({
        requestId: `order:${paymentId}`,
        referenceId: paymentId,
        invoiceId: paymentId,
        description: lot.title.slice(0, LONGEST_DESCRIPTION),
        amountMinor: payment.amountMinor,
        currency: payment.currency,
        platformFeeMinor: payment.platformFeeMinor,
        sellerMerchantId: seller.paypalMerchantId,
        disbursement: 'delayed',
        returnUrl,
        cancelUrl: returnUrl,
      })
      .catch(rethrowForTemporal(database, paymentId));
    if (order.outcome === 'refused') {
      await database.transaction((tx) => waitForPerson(tx, payment, order));
      throw untilMended(`PayPal does not open the order: ${order.reason}`, order.issue);
    }
    await database.transaction((tx) => recordOrder(tx, paymentId, order));
  },

  /** Looks where the payment stands at PayPal and here: approved, captured, expired, or waiting. */
  async lookAtPayment(paymentId: string): Promise<Look<PaymentState>> {
    const payment = await database.manager.findOneByOrFail(Payment, { id: paymentId });
    if (isFinal(paymentLifecycle, payment.state) || payment.capturedAt) {
      return arrived(payment.state);
    }
    const order = await paypal.orders
      .get(payment.paypalOrderId!)
      .catch(rethrowForTemporal(database, paymentId));
    return database.transaction((tx) => follow(tx, paymentId, order));
  },

  /**
   * Captures what the buyer has approved. When an earlier attempt may have had its effect, PayPal is
   * asked first; so however often and however late this is called, the buyer pays once.
   */
  async capture(paymentId: string): Promise<PaymentState> {
    const before = await database.manager.findOneByOrFail(Payment, { id: paymentId });
    const orderId = before.paypalOrderId!;
    if (before.state === 'capturing' || before.state === 'unknown') {
      const order = await paypal.orders.get(orderId).catch(rethrowForTemporal(database, paymentId));
      const found = await database.transaction((tx) => resolve(tx, paymentId, order));
      if (found !== 'approved') return found;
    } else if (before.state !== 'approved') {
      return before.state; // An earlier attempt recorded its outcome, and ended before it said so.
    }
    const begun = await database.transaction(
      async (tx) => (await changeState(tx, 'payment', paymentId, 'capture', workflowCause())).row,
    );
    const seller = await database.manager.findOneByOrFail(Seller, { id: begun.sellerId });
    const outcome = await paypal.orders
      .capture({
        orderId,
        // A declined instrument ends this attempt; the next one is another request.
        requestId: `capture:${paymentId}:${begun.refusals + 1}`,
        sellerMerchantId: seller.paypalMerchantId,
      })
      .catch(markUnknownIfAmbiguous(database, 'payment', paymentId));
    const state = await database.transaction((tx) => recordOutcome(tx, paymentId, outcome));
    if (outcome.outcome === 'refused' && state === 'approved') {
      throw untilMended(`PayPal does not take the payment: ${outcome.reason}`, outcome.issue);
    }
    return state;
  },
});

/** PayPal takes at most 127 characters. */
const LONGEST_DESCRIPTION = 127;

async function recordOrder(
  tx: EntityManager,
  paymentId: string,
  { orderId, approveUrl }: { orderId: string; approveUrl: string },
): Promise<void> {
  const payment = await lockSubject(tx, 'payment', paymentId);
  if (payment.paypalOrderId) return;
  // The window begins when the buyer can pay: PayPal's delays, or ours, are not the buyer's.
  const auction = await tx.findOneByOrFail(Auction, { id: payment.auctionId });
  const { paymentWindow } = await policyOf(tx, auction);
  const payUntil = later(await databaseNow(tx), durationMs(paymentWindow));
  await tx.update(
    Payment,
    { id: paymentId },
    { paypalOrderId: orderId, approveUrl, payUntil, refusalReason: null },
  );
  await notify(tx, {
    recipientId: payment.bidderId,
    kind: 'payment_due',
    subjectId: paymentId,
    text: `Please pay ${amountOf(payment)} by ${payUntil.toISOString()}: ${approveUrl}`,
  });
}

/** What PayPal's order says about a payment that is not yet captured. */
async function follow(
  tx: EntityManager,
  paymentId: string,
  order: Order,
): Promise<Look<PaymentState>> {
  const payment = await lockSubject(tx, 'payment', paymentId);
  const now = await databaseNow(tx);
  if (payment.state === 'capturing' || payment.state === 'unknown') {
    const state = await resolve(tx, paymentId, order);
    return state === 'capturing' ? waitFor(pollAfterMs(payment.createdAt, now)) : arrived(state);
  }
  if (payment.state === 'created' && order.status === 'approved') {
    await changeState(tx, 'payment', paymentId, 'approve', workflowCause());
    return arrived('approved');
  }
  if (payment.state !== 'created') return arrived(payment.state);
  if (now >= payment.payUntil) return arrived(await expire(tx, payment));
  return waitFor(await untilNextEvent(tx, payment, now));
}

/** The truth about a capture whose answer was not heard, or is pending. */
async function resolve(tx: EntityManager, paymentId: string, order: Order): Promise<PaymentState> {
  const { capture } = order;
  if (!capture) {
    await changeState(tx, 'payment', paymentId, 'findUncaptured', workflowCause());
    return 'approved';
  }
  return recordOutcome(tx, paymentId, outcomeOf(capture));
}

function outcomeOf(capture: Capture): CaptureOutcome {
  switch (capture.status) {
    case 'pending':
      return { outcome: 'pending', capture };
    case 'declined':
    case 'failed':
      return { outcome: 'declined', issue: capture.status, reason: 'PayPal declined the payment.' };
    case 'completed':
    case 'refunded':
    case 'partiallyRefunded':
      return { outcome: 'captured', capture };
  }
}

async function recordOutcome(
  tx: EntityManager,
  paymentId: string,
  outcome: CaptureOutcome,
): Promise<PaymentState> {
  const payment = await lockSubject(tx, 'payment', paymentId);
  switch (outcome.outcome) {
    case 'captured':
      await recordCapture(tx, payment, outcome.capture);
      return 'captured';
    case 'pending':
      return payment.state;
    case 'declined':
      await changeState(tx, 'payment', paymentId, 'sendBack', workflowCause(outcome.issue), {
        refusals: payment.refusals + 1,
        refusalReason: outcome.reason,
      });
      await notify(tx, {
        recipientId: payment.bidderId,
        kind: 'payment_refused',
        subjectId: paymentId,
        occasion: payment.refusals + 1,
        text: `${outcome.reason} Please choose another way to pay: ${payment.approveUrl}`,
      });
      return 'created';
    case 'refused':
      if (outcome.audience === 'buyer') return decline(tx, payment, outcome);
      // No fault of the buyer's: the approval stands, and is captured once a person has mended it.
      await changeState(tx, 'payment', paymentId, 'findUncaptured', workflowCause(outcome.issue));
      await waitForPerson(tx, payment, outcome);
      return 'approved';
  }
}

async function waitForPerson(
  tx: EntityManager,
  { id, sellerId }: Payment,
  refusal: RefusedOutcome,
): Promise<void> {
  await tx.update(Payment, { id }, { refusalReason: refusal.reason });
  await alertRefusal(tx, id, sellerId, refusal);
}

async function decline(
  tx: EntityManager,
  payment: Payment,
  { issue, reason }: RefusedOutcome,
): Promise<PaymentState> {
  const refusalReason = reason;
  await changeState(tx, 'payment', payment.id, 'decline', workflowCause(issue), { refusalReason });
  await changeState(tx, 'offer', payment.offerId, 'lapse', workflowCause('payment declined'));
  await notify(tx, {
    recipientId: payment.bidderId,
    kind: 'payment_declined',
    subjectId: payment.id,
    text: `${reason} PayPal cannot take ${amountOf(payment)} from you; the piece goes to someone else.`,
  });
  return 'declined';
}

async function expire(tx: EntityManager, payment: Payment): Promise<PaymentState> {
  const why = workflowCause('not paid in time');
  await changeState(tx, 'payment', payment.id, 'expire', why);
  await changeState(tx, 'offer', payment.offerId, 'lapse', why);
  await notify(tx, {
    recipientId: payment.bidderId,
    kind: 'payment_expired',
    subjectId: payment.id,
    text: `You did not pay ${amountOf(payment)} in time; the piece goes to someone else.`,
  });
  return 'expired';
}

/** Sends the reminders that are due, and says how long it is to the next of: reminder, poll, expiry. */
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
  const coming = [payment.payUntil, ...reminders].filter((at) => at > now);
  return Math.min(
    pollAfterMs(payment.createdAt, now),
    ...coming.map((moment) => msUntil(moment, now)),
  );
}

const amountOf = ({ amountMinor, currency }: Payment) =>
  `${toDecimal(amountMinor, currency)} ${currency}`;
