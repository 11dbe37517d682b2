import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { lockSubject } from '../database/change-state.ts';
import { newsOfReversal } from '../services/disbursement/reversals.ts';
import { Disbursement, Payment, Refund, type InboxMessage } from '../database/entities/index.ts';
import { isAnother, newsOfPayment, tellPaidTwice } from '../services/payment/late-payment.ts';
import { notify, OPERATORS } from '../database/notices.ts';
import { sendLater } from '../database/outbox.ts';
import {
  newsOfDispute,
  newsOfRefund,
  tellRefundedAfterAll,
} from '../services/paypal/paypal-news.ts';
import { moneyIn } from '../integrations/paypal/index.ts';
import { lookAgain, workflowIds, type WorkflowMessage } from '../workflows/messages.ts';
import {
  contradictsPayment,
  contradictsPayout,
  contradictsRelease,
  tellContradiction,
} from './paypal-contradictions.ts';

/**
 * What PayPal's events mean to us. An event only says where to look: the workflow re-reads the thing
 * at PayPal, so the order in which events come does not matter. False when it is nobody's.
 */
export async function dispatchPayPalEvent(
  tx: EntityManager,
  message: InboxMessage,
): Promise<boolean> {
  // By its type first: what another kind of event is about need not have any form that we know.
  const tell = TOLD.find(({ types }) => types.test(message.eventType))?.tell;
  if (!tell) return false;
  const told = await tell(tx, RESOURCE.parse(message.body.resource), message);
  for (const each of told) await sendLater(tx, each, message.correlationId ?? undefined);
  return told.length > 0;
}

type Event = Pick<InboxMessage, 'id' | 'eventId' | 'eventType'>;
type Tell = (tx: EntityManager, resource: Resource, event: Event) => Promise<WorkflowMessage[]>;

/** The first that fits. Types that are not here, PayPal's older ones and its future ones, are nobody's. */
const TOLD: readonly { types: RegExp; tell: Tell }[] = [
  { types: /^CUSTOMER\.DISPUTE\./, tell: async (_tx, resource) => dispute(resource) },
  { types: /^PAYMENT\.REFERENCED-PAYOUT-ITEM\./, tell: payout },
  { types: /^PAYMENT\.PAYOUTS(BATCH|-ITEM)\./, tell: housePayout },
  { types: /^PAYMENT\.CAPTURE\.REFUNDED$/, tell: refund },
  {
    types: /^CHECKOUT\./,
    tell: (tx, resource, event) =>
      payment(tx, { orderId: resource.id ?? resource.order_id }, event),
  },
  {
    types: /^PAYMENT\.(CAPTURE|AUTHORIZATION)\./,
    tell: (tx, resource, event) => payment(tx, whichPayment(resource), event, reversed(resource)),
  },
];

const Text = z.string().optional().catch(undefined);
const MONEY = z.looseObject({ currency_code: z.string(), value: z.string() });

/** PayPal's documents require none of these: what is not there, or has another form, tells nothing. */
const RESOURCE = z
  .looseObject({
    id: Text,
    dispute_id: Text,
    order_id: Text,
    item_id: Text,
    reference_id: Text,
    invoice_id: Text,
    custom_id: Text,
    amount: MONEY.optional().catch(undefined),
    links: z
      .array(z.looseObject({ rel: Text, href: Text }))
      .optional()
      .catch(undefined),
    payout_batch_id: Text,
    batch_header: z.looseObject({ payout_batch_id: Text }).optional().catch(undefined),
    supplementary_data: z
      .looseObject({
        related_ids: z.looseObject({ order_id: Text }).optional().catch(undefined),
      })
      .optional()
      .catch(undefined),
  })
  .catch({});
type Resource = z.infer<typeof RESOURCE>;

interface WhichPayment {
  readonly orderId?: string;
  readonly captureId?: string;
  readonly ourId?: string;
}

/** A reversal is told with the capture, or with what it took, like a refund, and a link to the capture. */
const captureOf = ({ links }: Resource): string | undefined =>
  links
    ?.find(({ rel, href }) => rel === 'up' && href?.includes('/captures/'))
    ?.href?.split('/')
    .at(-1);

const whichPayment = (resource: Resource): WhichPayment => ({
  ourId: UUID.safeParse(resource.custom_id).data,
  orderId: resource.supplementary_data?.related_ids?.order_id,
  captureId: captureOf(resource) ?? resource.id,
});

/** Told with the capture, the amount is all of the capture, and says nothing of how much was taken. */
function reversed(resource: Resource): { paypalId?: string; amountMinor?: number } {
  if (!captureOf(resource)) return {};
  return { paypalId: resource.id, amountMinor: moneyIn(resource.amount)?.amountMinor };
}

/** Of money that has been captured, these say that it is no longer there. */
const TAKEN_BACK = /^PAYMENT\.CAPTURE\.(REVERSED|DENIED|DECLINED)$/;
const NEVER_TAKEN = /^PAYMENT\.CAPTURE\.(DENIED|DECLINED)$/;

const CAPTURED = /^PAYMENT\.CAPTURE\.COMPLETED$/;

async function payment(
  tx: EntityManager,
  which: WhichPayment,
  { id, eventId, eventType }: Event,
  { paypalId = eventId, amountMinor }: { paypalId?: string; amountMinor?: number } = {},
) {
  const foundId = await paymentOf(tx, which);
  if (!foundId) return [];
  // Locked: it may just be ending, and whoever asked PayPal for that may have asked too early.
  const found = await lockSubject(tx, 'payment', foundId);
  const ofAnother = isAnother(found, which);
  // An earlier attempt's, told late: the buyer has paid by another since.
  if (ofAnother && NEVER_TAKEN.test(eventType)) return [newsOfPayment(found, `event-${id}`)];
  if (found.capturedAt && TAKEN_BACK.test(eventType)) {
    return newsOfReversal(tx, found, { paypalId, eventType, amountMinor });
  }
  if (ofAnother && CAPTURED.test(eventType)) await tellPaidTwice(tx, found, which.captureId!);
  const ofAnotherOrder = which.orderId !== undefined && which.orderId !== found.paypalOrderId;
  if (!ofAnotherOrder && contradictsPayment(found, eventType)) {
    await tellContradiction(tx, `payment ${found.id}`, found, eventId, eventType);
  }
  return [newsOfPayment(found, `event-${id}`)];
}

/** By its own order, by one that another has followed, by its capture, or by our id, which PayPal gives back. */
async function paymentOf(
  tx: EntityManager,
  { orderId, captureId, ourId }: WhichPayment,
): Promise<string | undefined> {
  const [found] = await tx.query<{ id: string }[]>(
    `SELECT id FROM payment WHERE paypal_order_id = $1
     UNION ALL SELECT payment_id FROM abandoned_order WHERE paypal_order_id = $1
     UNION ALL SELECT id FROM payment WHERE capture_id = $2
     UNION ALL SELECT id FROM payment WHERE id = $3
     LIMIT 1`,
    [orderId, captureId, ourId],
  );
  return found?.id;
}

const UUID = z.uuid();

async function refund(tx: EntityManager, resource: Resource) {
  const { id, amount, invoice_id: invoiceId } = resource;
  const found = await tx.findOneBy(Refund, { paypalRefundId: id ?? '' });
  if (found?.state === 'failed') await tellRefundedAfterAll(tx, found, id!);
  if (found) return [lookAgain(workflowIds.refund(found.id))];
  const captureId = captureOf(resource);
  if (!id || !captureId) return [];
  const money = moneyIn(amount);
  if (money) return newsOfRefund(tx, { captureId }, { paypalRefundId: id, invoiceId, ...money });
  const payment = await tx.findOneBy(Payment, { captureId });
  if (payment) {
    await notify(tx, {
      recipientId: OPERATORS,
      kind: 'refund_unclear',
      subjectId: payment.id,
      cause: id,
      text: `PayPal tells of refund ${id} and not how much it is. Look it up at PayPal: unless its report lists it, it is not recorded.`,
    });
  }
  return [];
}

async function payout(tx: EntityManager, resource: Resource, { eventId, eventType }: Event) {
  const paid = await tx.findOneBy(Payment, { captureId: resource.reference_id ?? '' });
  const found = paid && (await tx.findOneBy(Disbursement, { paymentId: paid.id }));
  if (!found) return [];
  if (contradictsRelease(found, eventType, resource.item_id)) {
    await tellContradiction(tx, `disbursement ${found.id}`, found, eventId, eventType);
  }
  return [lookAgain(workflowIds.disbursement(found.id))];
}

async function housePayout(tx: EntityManager, resource: Resource, { eventId, eventType }: Event) {
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
