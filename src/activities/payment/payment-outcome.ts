import { In, type EntityManager } from 'typeorm';
import { changeState, lockSubject } from '../../database/change-state.ts';
import { databaseNow } from '../../database/clock.ts';
import { Payment } from '../../database/entities/index.ts';
import { askOnceMore } from '../../services/payment/late-payment.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { tellPayPalDiffers } from '../../services/reconciliation/figures.ts';
import type { PaymentState } from '../../domain/payment/lifecycle.ts';
import { toDecimal } from '../../domain/common/money.ts';
import { hasEnded, isTaken } from '../../domain/payment/paypal-states.ts';
import {
  pendingVerdict,
  type Capture,
  type CaptureOutcome,
  type Refund as RefundAtPayPal,
  type RefusedOutcome,
} from '../../integrations/paypal/index.ts';
import { workflowCause } from '../runtime/context.ts';
import { correlationHere } from '../runtime/correlation.ts';
import { endIfAsked } from './end-if-asked.ts';
import { recordRefundsSeen, returnMoney } from './return-money.ts';
import { abandonOrder, amountOf, orderEnded } from './payment-order.ts';
import { alertRefusal } from '../paypal/paypal-faults.ts';
import { recordCapture } from './record-capture.ts';

/** What PayPal's answer to a capture means for the payment and its offer. */
export async function recordOutcome(
  tx: EntityManager,
  paymentId: string,
  outcome: CaptureOutcome,
): Promise<PaymentState> {
  const payment = await lockSubject(tx, 'payment', paymentId);
  if (outcome.outcome === 'captured') return recordMoney(tx, payment, outcome.capture);
  // Another attempt was faster.
  if (payment.state !== 'capturing' && payment.state !== 'unknown') return payment.state;
  switch (outcome.outcome) {
    case 'pending':
      await recordPending(tx, payment, outcome.capture.pendingReason);
      return 'pending';
    case 'declined':
      if (await endIfAsked(tx, payment)) return 'withdrawn';
      await sendBack(tx, payment, outcome);
      return 'created';
    case 'refused':
      if (await endIfAsked(tx, payment)) return 'withdrawn';
      if (outcome.audience === 'buyer') return decline(tx, payment, outcome);
      // No fault of the buyer's: the approval stands, and is captured once a person has mended it.
      await changeState(tx, 'payment', paymentId, 'findUncaptured', workflowCause(outcome.issue), {
        refusals: payment.refusals + 1,
      });
      await waitForPerson(tx, payment, outcome);
      return 'approved';
  }
}

/**
 * Money that PayPal has taken: recorded, and given back where it came too late. In another amount than was
 * asked for it is no payment of ours.
 */
export async function recordMoney(
  tx: EntityManager,
  payment: Payment,
  capture: Capture,
  refunds: readonly RefundAtPayPal[] = [],
): Promise<PaymentState> {
  if (isWhatWasAsked(payment, capture)) {
    await recordCapture(tx, payment, capture);
    // First what has gone back already, so that it does not go back again.
    await recordRefundsSeen(tx, payment.id, refunds);
    await returnMoney(tx, payment.id);
  } else {
    if (!isTaken(payment.state) && !hasEnded(payment.state)) {
      await recordPending(tx, payment, 'AMOUNT_DIFFERS');
    }
    await tellOtherAmount(tx, payment, capture);
  }
  return (await tx.findOneByOrFail(Payment, { id: payment.id })).state;
}

const isWhatWasAsked = (payment: Payment, capture: Capture): boolean =>
  capture.amountMinor === payment.amountMinor && capture.currency === payment.currency;

/** It is no payment of ours as it is, and money all the same: the buyer is asked for nothing more. */
const tellOtherAmount = (tx: EntityManager, payment: Payment, capture: Capture): Promise<void> =>
  tellPayPalDiffers(
    tx,
    payment.id,
    `capture ${capture.captureId}`,
    `${toDecimal(capture.amountMinor, capture.currency)} ${capture.currency}, we asked for ${amountOf(payment)}; it is not recorded. Refund it at PayPal and end the sale`,
  );

/** The buyer may pay another way, with another order: nothing can be made of this one any more. */
export async function sendBack(
  tx: EntityManager,
  payment: Payment,
  { issue, reason }: { issue: string; reason: string },
): Promise<void> {
  const now = await databaseNow(tx);
  const refusals = payment.refusals + 1;
  await abandonOrder(tx, payment);
  await changeState(tx, 'payment', payment.id, 'sendBack', workflowCause(issue), {
    ...orderEnded(payment, now),
    refusals,
    refusalReason: reason,
    refusalFor: 'buyer',
    pendingReason: null,
  });
  const until = payment.payUntil.toISOString();
  await notify(tx, {
    recipientId: payment.bidderId,
    kind: 'payment_refused',
    subjectId: payment.id,
    occasion: refusals,
    text: `${reason} ${now < payment.payUntil ? `You may pay another way until ${until}.` : 'The time to pay is over.'}`,
  });
}

/** PayPal is at it, for days perhaps: the window does not end it, and whoever asks can see why. */
export async function recordPending(
  tx: EntityManager,
  { id, bidderId, sellerId }: Payment,
  reason = 'OTHER',
): Promise<void> {
  const why = workflowCause(reason);
  await changeState(tx, 'payment', id, 'awaitPayPal', why, { pendingReason: reason });
  await tx.update(Payment, { id }, { pendingReason: reason }); // It may change while it is pending.
  const { sellerMustAct, sentence } = pendingVerdict(reason);
  const notice = { kind: 'payment_pending', subjectId: id, cause: reason } as const;
  await notify(tx, {
    ...notice,
    recipientId: bidderId,
    // How the seller's account stands is not the buyer's to read.
    text: `${sellerMustAct ? 'PayPal is not done with the payment yet.' : sentence} You have nothing more to do; we tell you when it is done.`,
  });
  await notify(tx, { ...notice, recipientId: OPERATORS, text: `Payment ${id}: ${sentence}` });
  if (sellerMustAct) await notify(tx, { ...notice, recipientId: sellerId, text: sentence });
}

export async function waitForPerson(
  tx: EntityManager,
  { id, sellerId }: Payment,
  refusal: RefusedOutcome,
): Promise<void> {
  const { reason: refusalReason, audience: refusalFor } = refusal;
  await tx.update(
    Payment,
    { id, state: In(['created', 'approved']) },
    { refusalReason, refusalFor },
  );
  await alertRefusal(tx, id, sellerId, refusal);
}

async function decline(
  tx: EntityManager,
  payment: Payment,
  { issue, reason }: RefusedOutcome,
): Promise<PaymentState> {
  const ended = { refusalReason: reason, refusalFor: 'buyer', recoveryMinor: 0 } as const;
  await changeState(tx, 'payment', payment.id, 'decline', workflowCause(issue), ended);
  await askOnceMore(tx, payment, correlationHere());
  await changeState(tx, 'offer', payment.offerId, 'lapse', workflowCause('payment declined'));
  await notify(tx, {
    recipientId: payment.bidderId,
    kind: 'payment_declined',
    subjectId: payment.id,
    text: `${reason} PayPal cannot take ${amountOf(payment)} from you; the piece goes to someone else.`,
  });
  return 'declined';
}

export async function expire(tx: EntityManager, payment: Payment): Promise<PaymentState> {
  const why = workflowCause('not paid in time');
  await changeState(tx, 'payment', payment.id, 'expire', why, { recoveryMinor: 0 });
  await askOnceMore(tx, payment, correlationHere());
  await changeState(tx, 'offer', payment.offerId, 'lapse', why);
  await notify(tx, {
    recipientId: payment.bidderId,
    kind: 'payment_expired',
    subjectId: payment.id,
    text: `You did not pay ${amountOf(payment)} in time; the piece goes to someone else.`,
  });
  return 'expired';
}
