import type { EntityManager } from 'typeorm';
import type { Disbursement, Payment, Refund } from '../database/entities/index.ts';
import { notify, OPERATORS } from '../database/notices.ts';
import { disbursementLifecycle } from '../domain/disbursement/lifecycle.ts';
import { isFinal } from '../domain/lifecycle/lifecycle.ts';

// The workflow of what has come to its end has ended, too, and nobody looks any more. So what PayPal says
// afterwards that does not fit that end is told to the operators; what fits it is old news.

/** The approval or authorization is gone of what was captured. */
export const contradictsPayment = (
  { capturedAt }: Pick<Payment, 'capturedAt'>,
  eventType: string,
): boolean => capturedAt !== null && GONE.has(eventType);

const GONE = new Set(['CHECKOUT.PAYMENT-APPROVAL.REVERSED', 'PAYMENT.AUTHORIZATION.VOIDED']);

/** Of an earlier attempt PayPal may tell late: only of the payout that we know is it news. */
export function contradictsRelease(
  { state, payoutItemId }: Pick<Disbursement, 'state' | 'payoutItemId'>,
  eventType: string,
  itemId: string | undefined,
): boolean {
  if (!isFinal(disbursementLifecycle, state)) return false;
  return eventType.endsWith('.FAILED')
    ? state !== 'cancelled' && itemId === payoutItemId
    : state === 'cancelled' && eventType.endsWith('.COMPLETED');
}

/** The money of a payout that is done has come back after all. */
export const contradictsPayout = (
  { state }: Pick<Disbursement | Refund, 'state'>,
  eventType: string,
): boolean =>
  (state === 'released' || state === 'completed') &&
  /\.(RETURNED|REFUNDED|FAILED|DENIED|CANCELED|BLOCKED|HELD)$/.test(eventType);

export const tellContradiction = (
  tx: EntityManager,
  what: string,
  { id, state }: { id: string; state: string },
  eventId: string,
  eventType: string,
): Promise<void> =>
  notify(tx, {
    recipientId: OPERATORS,
    kind: 'paypal_contradicts',
    subjectId: id,
    cause: eventId,
    text: `PayPal says ${eventType} (event ${eventId}) of ${what}, which is ${state} here. Nothing follows from it by itself: look it up at PayPal; the reconciliation offers the repair.`,
  });
