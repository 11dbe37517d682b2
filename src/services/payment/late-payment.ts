import type { EntityManager } from 'typeorm';
import { hasEnded } from '../../domain/payment/paypal-states.ts';
import {
  lookAgain,
  workflowIds,
  type StartMessage,
  type WorkflowMessage,
} from '../../workflows/messages.ts';
import type { Payment } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { sendLater } from '../../database/outbox.ts';

type Ended = Pick<Payment, 'id' | 'auctionId' | 'sellerId'>;

/** Whether PayPal has had an order for it; money may come by that although the payment has ended. */
const HAS_ORDER = `
  SELECT FROM payment LEFT JOIN abandoned_order ON payment_id = payment.id
   WHERE payment.id = $1 AND coalesce(payment.paypal_order_id, abandoned_order.paypal_order_id) IS NOT NULL
   LIMIT 1`;

/**
 * PayPal is asked about a payment when its end has been committed: what came before is found, and of what
 * comes later there will be news.
 */
export async function askOnceMore(
  tx: EntityManager,
  ended: Ended,
  correlationId?: string,
): Promise<void> {
  const orders = await tx.query<unknown[]>(HAS_ORDER, [ended.id]);
  if (orders.length > 0) await sendLater(tx, startOfLatePayment(ended, 'end'), correlationId);
}

/** Something has happened to a payment's order: it has a workflow while it is open, and gets one after. */
export const newsOfPayment = (
  payment: Ended & Pick<Payment, 'state'>,
  occasion: string,
): WorkflowMessage =>
  hasEnded(payment.state)
    ? startOfLatePayment(payment, occasion)
    : lookAgain(workflowIds.payment(payment.id));

/** One for each occasion: the one before may just be ending. */
const startOfLatePayment = (
  { id, auctionId, sellerId }: Ended,
  occasion: string,
): StartMessage<'latePayment'> => ({
  kind: 'start',
  life: 'latePayment',
  workflowId: workflowIds.latePayment(id, occasion),
  input: { paymentId: id },
  summary: 'Looks whether money has come for a payment that is over',
  attributes: { GavelAuction: auctionId, GavelSeller: sellerId },
});

/** Of a payment that is captured: whether this is another capture than that. */
export const isAnother = (
  { captureId: ours }: Pick<Payment, 'captureId'>,
  { captureId }: { readonly captureId?: string },
): boolean => ours !== null && captureId !== undefined && captureId !== ours;

/** Money has come that is not the payment's recorded capture: by another order of it, say. */
export const tellPaidTwice = (
  tx: EntityManager,
  { id }: Pick<Payment, 'id'>,
  captureId: string,
): Promise<void> =>
  notify(tx, {
    recipientId: OPERATORS,
    kind: 'late_money',
    subjectId: id,
    cause: captureId,
    text: `The buyer has paid twice: capture ${captureId} is not recorded. Give it back at PayPal; the reconciliation offers the repair.`,
  });
