import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { lockSubject } from '../database/change-state.ts';
import { Disbursement, Payment, Refund, type InboxMessage } from '../database/entities/index.ts';
import { newsOfPayment } from '../database/late-payment.ts';
import { sendLater } from '../database/outbox.ts';
import { newsOfDispute, newsOfRefund } from '../database/paypal-news.ts';
import { CURRENCIES, fromDecimal } from '../domain/money.ts';
import { lookAgain, workflowIds, type WorkflowMessage } from '../workflows/messages.ts';

/**
 * What PayPal's events mean to us. An event only says where to look: the workflow re-reads the thing
 * at PayPal, so the order in which events come does not matter.
 */
export async function dispatchPayPalEvent(tx: EntityManager, message: InboxMessage): Promise<void> {
  const resource = RESOURCE.parse(message.body.resource);
  for (const told of await whoIsTold(tx, message, resource)) {
    await sendLater(tx, told, message.correlationId ?? undefined);
  }
}

const RESOURCE = z.looseObject({
  id: z.string().optional(),
  dispute_id: z.string().optional(),
  reference_id: z.string().optional(),
  invoice_id: z.string().optional(),
  amount: z.looseObject({ currency_code: z.string(), value: z.string() }).optional(),
  links: z.array(z.looseObject({ rel: z.string(), href: z.string() })).optional(),
  payout_batch_id: z.string().optional(),
  batch_header: z.looseObject({ payout_batch_id: z.string().optional() }).optional(),
  supplementary_data: z
    .looseObject({ related_ids: z.looseObject({ order_id: z.string().optional() }).optional() })
    .optional(),
});
type Resource = z.infer<typeof RESOURCE>;

async function whoIsTold(
  tx: EntityManager,
  { id, eventType }: Pick<InboxMessage, 'id' | 'eventType'>,
  resource: Resource,
): Promise<WorkflowMessage[]> {
  if (eventType.startsWith('CUSTOMER.DISPUTE.')) return dispute(resource);
  if (eventType.startsWith('PAYMENT.REFERENCED-PAYOUT-ITEM.')) return payout(tx, resource);
  if (/^PAYMENT\.PAYOUTS(BATCH|-ITEM)\./.test(eventType)) return housePayout(tx, resource);
  if (eventType === 'PAYMENT.CAPTURE.REFUNDED') return refund(tx, resource);
  if (eventType.startsWith('CHECKOUT.')) return payment(tx, id, resource.id);
  if (/^PAYMENT\.(CAPTURE|AUTHORIZATION)\./.test(eventType)) {
    return payment(tx, id, resource.supplementary_data?.related_ids?.order_id);
  }
  return []; // Subscribed to by someone for something else.
}

/** The payment's own order, or one that another has followed. */
async function payment(tx: EntityManager, messageId: number, orderId: string | undefined) {
  if (!orderId) return [];
  const [found] = await tx.query<{ id: string }[]>(
    `SELECT id FROM payment WHERE paypal_order_id = $1
     UNION SELECT payment_id FROM abandoned_order WHERE paypal_order_id = $1`,
    [orderId],
  );
  if (!found) return [];
  // Locked: it may just be ending, and whoever asked PayPal for that may have asked too early.
  const ours = await lockSubject(tx, 'payment', found.id);
  return [newsOfPayment(ours, `event-${messageId}`)];
}

async function refund(tx: EntityManager, resource: Resource) {
  const { id, amount, invoice_id: invoiceId } = resource;
  const found = await tx.findOneBy(Refund, { paypalRefundId: id ?? '' });
  if (found) return [lookAgain(workflowIds.refund(found.id))];
  const captureId = resource.links
    ?.find(({ rel }) => rel === 'up')
    ?.href.split('/')
    .at(-1);
  const currency = CURRENCIES.find((known) => known === amount?.currency_code);
  // Without these it is the poll that finds it.
  if (!id || !captureId || !amount || !currency) return [];
  const amountMinor = fromDecimal(amount.value, currency);
  return newsOfRefund(tx, { captureId }, { paypalRefundId: id, invoiceId, amountMinor, currency });
}

async function payout(tx: EntityManager, resource: Resource) {
  const paid = await tx.findOneBy(Payment, { captureId: resource.reference_id ?? '' });
  const found = paid && (await tx.findOneBy(Disbursement, { paymentId: paid.id }));
  return found ? [lookAgain(workflowIds.disbursement(found.id))] : [];
}

async function housePayout(tx: EntityManager, resource: Resource) {
  const batchId = resource.payout_batch_id ?? resource.batch_header?.payout_batch_id ?? '';
  const released = await tx.findOneBy(Disbursement, { payoutItemId: batchId });
  if (released) return [lookAgain(workflowIds.disbursement(released.id))];
  const refunded = await tx.findOneBy(Refund, { payoutBatchId: batchId });
  return refunded ? [lookAgain(workflowIds.refund(refunded.id))] : [];
}

function dispute(resource: Resource): WorkflowMessage[] {
  const paypalDisputeId = resource.dispute_id ?? resource.id;
  return paypalDisputeId ? newsOfDispute(paypalDisputeId) : [];
}
