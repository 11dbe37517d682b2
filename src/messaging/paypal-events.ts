import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { lockSubject } from '../database/change-state.ts';
import { Disbursement, Payment, Refund, type InboxMessage } from '../database/entities/index.ts';
import { newsOfPayment } from '../database/late-payment.ts';
import { sendLater } from '../database/outbox.ts';
import { newsOfReversal } from '../database/disbursements/reversals.ts';
import { newsOfDispute, newsOfRefund, tellRefundedAfterAll } from '../database/paypal-news.ts';
import { CURRENCIES, fromDecimal } from '../domain/money.ts';
import { lookAgain, workflowIds, type WorkflowMessage } from '../workflows/messages.ts';
import {
  contradictsPayment,
  contradictsPayout,
  contradictsRelease,
  tellContradiction,
} from './paypal-contradictions.ts';

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
  order_id: z.string().optional(),
  item_id: z.string().optional(),
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
type Event = Pick<InboxMessage, 'id' | 'eventId' | 'eventType'>;

async function whoIsTold(
  tx: EntityManager,
  message: Event,
  resource: Resource,
): Promise<WorkflowMessage[]> {
  const { eventType } = message;
  if (eventType.startsWith('CUSTOMER.DISPUTE.')) return dispute(resource);
  if (eventType.startsWith('PAYMENT.REFERENCED-PAYOUT-ITEM.')) return payout(tx, message, resource);
  if (/^PAYMENT\.PAYOUTS(BATCH|-ITEM)\./.test(eventType)) return housePayout(tx, message, resource);
  if (eventType === 'PAYMENT.CAPTURE.REFUNDED') return refund(tx, resource);
  if (eventType.startsWith('CHECKOUT.')) {
    return payment(tx, message, { orderId: resource.id ?? resource.order_id });
  }
  if (/^PAYMENT\.(CAPTURE|AUTHORIZATION)\./.test(eventType)) {
    return payment(tx, message, whichPayment(resource), reversed(resource));
  }
  return []; // Subscribed to by someone for something else.
}

/** A reversal is told with the capture, or with what it took, like a refund, and a link to the capture. */
const captureOf = ({ links }: Resource): string | undefined =>
  links
    ?.find(({ rel, href }) => rel === 'up' && href.includes('/captures/'))
    ?.href.split('/')
    .at(-1);

const whichPayment = (resource: Resource) => ({
  orderId: resource.supplementary_data?.related_ids?.order_id,
  captureId: captureOf(resource) ?? resource.id,
});

/** Told with the capture, the amount is all of the capture, and says nothing of how much was taken. */
function reversed(resource: Resource): { paypalId?: string; amountMinor?: number } {
  if (!captureOf(resource)) return {};
  return { paypalId: resource.id, amountMinor: amountOf(resource)?.amountMinor };
}

function amountOf({ amount }: Resource) {
  const currency = CURRENCIES.find((known) => known === amount?.currency_code);
  return amount && currency && { amountMinor: fromDecimal(amount.value, currency), currency };
}

/** Of money that has been captured, these say that it is no longer there. */
const TAKEN_BACK = /^PAYMENT\.CAPTURE\.(REVERSED|DENIED|DECLINED)$/;

async function payment(
  tx: EntityManager,
  { id, eventId, eventType }: Event,
  { orderId, captureId }: { orderId?: string; captureId?: string },
  { paypalId = eventId, amountMinor }: { paypalId?: string; amountMinor?: number } = {},
) {
  const foundId = await paymentOf(tx, orderId, captureId);
  if (!foundId) return [];
  // Locked: it may just be ending, and whoever asked PayPal for that may have asked too early.
  const found = await lockSubject(tx, 'payment', foundId);
  if (found.capturedAt && TAKEN_BACK.test(eventType)) {
    return newsOfReversal(tx, found, { paypalId, eventType, amountMinor });
  }
  if (contradictsPayment(found, eventType)) {
    await tellContradiction(tx, `payment ${found.id}`, found, eventId, eventType);
  }
  return [newsOfPayment(found, `event-${id}`)];
}

/** By its own order, by one that another has followed, or by its capture. */
async function paymentOf(
  tx: EntityManager,
  orderId: string | undefined,
  captureId: string | undefined,
): Promise<string | undefined> {
  const [found] = await tx.query<{ id: string }[]>(
    `SELECT id FROM payment WHERE paypal_order_id = $1
     UNION ALL SELECT payment_id FROM abandoned_order WHERE paypal_order_id = $1
     UNION ALL SELECT id FROM payment WHERE capture_id = $2
     LIMIT 1`,
    [orderId, captureId],
  );
  return found?.id;
}

async function refund(tx: EntityManager, resource: Resource) {
  const { id, invoice_id: invoiceId } = resource;
  const found = await tx.findOneBy(Refund, { paypalRefundId: id ?? '' });
  if (found?.state === 'failed') await tellRefundedAfterAll(tx, found, id!);
  if (found) return [lookAgain(workflowIds.refund(found.id))];
  const captureId = captureOf(resource);
  const amount = amountOf(resource);
  // Without these it is the poll that finds it.
  if (!id || !captureId || !amount) return [];
  return newsOfRefund(tx, { captureId }, { paypalRefundId: id, invoiceId, ...amount });
}

async function payout(tx: EntityManager, { eventId, eventType }: Event, resource: Resource) {
  const paid = await tx.findOneBy(Payment, { captureId: resource.reference_id ?? '' });
  const found = paid && (await tx.findOneBy(Disbursement, { paymentId: paid.id }));
  if (!found) return [];
  if (contradictsRelease(found, eventType, resource.item_id)) {
    await tellContradiction(tx, `disbursement ${found.id}`, found, eventId, eventType);
  }
  return [lookAgain(workflowIds.disbursement(found.id))];
}

async function housePayout(tx: EntityManager, { eventId, eventType }: Event, resource: Resource) {
  const batchId = resource.payout_batch_id ?? resource.batch_header?.payout_batch_id ?? '';
  const released = await tx.findOneBy(Disbursement, { payoutItemId: batchId });
  const refunded = released ? null : await tx.findOneBy(Refund, { payoutBatchId: batchId });
  const found = released ?? refunded;
  if (found && contradictsPayout(found, eventType)) {
    const what = `${released ? 'disbursement' : 'refund'} ${found.id}`;
    await tellContradiction(tx, what, found, eventId, eventType);
  }
  if (released) return [lookAgain(workflowIds.disbursement(released.id))];
  return refunded ? [lookAgain(workflowIds.refund(refunded.id))] : [];
}

function dispute(resource: Resource): WorkflowMessage[] {
  const paypalDisputeId = resource.dispute_id ?? resource.id;
  return paypalDisputeId ? newsOfDispute(paypalDisputeId) : [];
}
