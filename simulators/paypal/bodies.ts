import { toDecimal } from '../../src/domain/common/money.ts';
import type { Currency } from '../../src/domain/common/money.ts';
import { isoTime, pacificTime } from './clock.ts';
import type {
  AuthorizationRecord,
  BatchRecord,
  CaptureRecord,
  DisputeRecord,
  OrderRecord,
  PayoutRecord,
  RefundRecord,
} from './records.ts';
import type { World } from './world.ts';

/** The records as PayPal would show them. */

export const money = (amountMinor: number, currency: Currency) => ({
  currency_code: currency,
  value: toDecimal(amountMinor, currency),
});

const BUYER = { payer_id: 'QYR5Z8XDVJNXQ', email_address: 'buyer@example.com' };

/** https://developer.paypal.com/docs/api/orders/v2/#orders_get */
export function orderBody(world: World, order: OrderRecord) {
  const authorization = order.authorizationId
    ? world.store.find('authorization', order.authorizationId)
    : undefined;
  const capture = order.captureId ? world.store.find('capture', order.captureId) : undefined;
  const refunds = (capture?.refundIds ?? []).flatMap((id) => world.store.find('refund', id) ?? []);
  const { currency } = order;
  return {
    id: order.id,
    intent: order.intent,
    status: order.status,
    purchase_units: [
      {
        reference_id: order.referenceId,
        amount: money(order.amountMinor, currency),
        payee: { merchant_id: order.merchantId },
        payment_instruction:
          order.intent === 'AUTHORIZE'
            ? undefined
            : {
                disbursement_mode: order.disbursementMode,
                platform_fees: platformFees(order.platformFeeMinor, currency),
              },
        description: order.description,
        custom_id: order.customId,
        invoice_id: order.invoiceId,
        payments: (authorization ?? capture) && {
          authorizations: authorization && [authorizationBody(world, authorization, order)],
          captures: capture && [captureInOrder(world, capture)],
          refunds: refunds.length > 0 ? refunds.map((one) => refundBody(world, one)) : undefined,
        },
      },
    ],
    payer: order.source ? BUYER : undefined,
    create_time: isoTime(order.createdAtMs),
    update_time: isoTime(order.updatedAtMs),
    links: orderLinks(world, order),
  };
}

/** What `Prefer: return=minimal`, the default, leaves of an order. */
export const minimalOrderBody = (world: World, order: OrderRecord) => ({
  id: order.id,
  status: order.status,
  links: orderLinks(world, order),
});

function orderLinks(world: World, order: OrderRecord) {
  const self = `${world.publicUrl()}/v2/checkout/orders/${order.id}`;
  const links = [{ href: self, rel: 'self', method: 'GET' }];
  if (order.status === 'CREATED' || order.status === 'APPROVED') {
    links.push({ href: approveUrl(world, order.id), rel: 'approve', method: 'GET' });
    links.push({ href: `${self}/capture`, rel: 'capture', method: 'POST' });
  }
  return links;
}

export const approveUrl = (world: World, orderId: string): string =>
  `${world.publicUrl()}/checkoutnow?token=${orderId}`;

const DAY_MS = 24 * 60 * 60 * 1000;

/** How long an authorization can be captured; PayPal honours it for the first three days. */
export const AUTHORIZATION_LIVES_MS = 29 * DAY_MS;

/** https://developer.paypal.com/docs/api/payments/v2/#authorizations_get */
export function authorizationBody(
  world: World,
  authorization: AuthorizationRecord,
  order: OrderRecord,
) {
  const self = `${world.publicUrl()}/v2/payments/authorizations/${authorization.id}`;
  return {
    id: authorization.id,
    status: authorization.status,
    status_details: authorization.reason ? { reason: authorization.reason } : undefined,
    amount: money(order.amountMinor, order.currency),
    invoice_id: order.invoiceId,
    custom_id: order.customId,
    expiration_time: isoTime(authorization.createdAtMs + AUTHORIZATION_LIVES_MS),
    create_time: isoTime(authorization.createdAtMs),
    update_time: isoTime(authorization.updatedAtMs),
    supplementary_data: { related_ids: { order_id: order.id } },
    links: [
      { href: self, rel: 'self', method: 'GET' },
      { href: `${self}/capture`, rel: 'capture', method: 'POST' },
      { href: `${self}/void`, rel: 'void', method: 'POST' },
    ],
  };
}

/** https://developer.paypal.com/docs/api/payments/v2/#captures_get */
export const captureBody = (world: World, capture: CaptureRecord) => ({
  ...captureInOrder(world, capture),
  payee: { merchant_id: capture.merchantId },
  supplementary_data: { related_ids: { order_id: capture.orderId } },
});

function captureInOrder(world: World, capture: CaptureRecord) {
  const { currency } = capture;
  const self = `${world.publicUrl()}/v2/payments/captures/${capture.id}`;
  const order = `${world.publicUrl()}/v2/checkout/orders/${capture.orderId}`;
  const gross = { gross_amount: money(capture.amountMinor, currency) };
  const shares = {
    ...gross,
    paypal_fee: money(capture.paypalFeeMinor, currency),
    platform_fees: platformFees(capture.platformFeeMinor, currency),
    net_amount: money(capture.netMinor, currency),
  };
  return {
    id: capture.id,
    status: capture.status,
    status_details: capture.reason ? { reason: capture.reason } : undefined,
    amount: money(capture.amountMinor, currency),
    final_capture: true,
    disbursement_mode: capture.disbursementMode,
    seller_protection: {
      status: 'ELIGIBLE',
      dispute_categories: ['ITEM_NOT_RECEIVED', 'UNAUTHORIZED_TRANSACTION'],
    },
    seller_receivable_breakdown: capture.status === 'PENDING' ? gross : shares,
    invoice_id: capture.invoiceId,
    custom_id: capture.customId,
    create_time: isoTime(capture.createdAtMs),
    update_time: isoTime(capture.updatedAtMs),
    links: [
      { href: self, rel: 'self', method: 'GET' },
      { href: `${self}/refund`, rel: 'refund', method: 'POST' },
      { href: order, rel: 'up', method: 'GET' },
    ],
  };
}

/** https://developer.paypal.com/docs/api/payments/v2/#refunds_get */
export function refundBody(world: World, refund: RefundRecord) {
  const { currency } = refund;
  const payments = `${world.publicUrl()}/v2/payments`;
  return {
    id: refund.id,
    status: refund.status ?? 'COMPLETED',
    amount: money(refund.amountMinor, currency),
    note_to_payer: refund.note,
    invoice_id: refund.invoiceId,
    custom_id: refund.customId,
    seller_payable_breakdown: {
      gross_amount: money(refund.amountMinor, currency),
      paypal_fee: money(0, currency), // PayPal keeps what it took for processing.
      platform_fees: platformFees(refund.platformFeeMinor, currency),
      net_amount: money(refund.amountMinor - refund.platformFeeMinor, currency),
      total_refunded_amount: money(refund.totalRefundedMinor, currency),
    },
    create_time: pacificTime(refund.createdAtMs),
    update_time: pacificTime(refund.createdAtMs),
    links: [
      { href: `${payments}/refunds/${refund.id}`, rel: 'self', method: 'GET' },
      { href: `${payments}/captures/${refund.captureId}`, rel: 'up', method: 'GET' },
    ],
  };
}

const platformFees = (amountMinor: number, currency: Currency) =>
  amountMinor > 0 ? [{ amount: money(amountMinor, currency) }] : undefined;

/** https://developer.paypal.com/docs/api/referenced-payouts/v1/ */
export function payoutBody(world: World, payout: PayoutRecord) {
  const path = `/v1/payments/referenced-payouts-items/${encodeURIComponent(payout.id)}`;
  return {
    item_id: payout.id,
    processing_state: { status: payout.status, reason: payout.reason },
    reference_id: payout.captureId,
    reference_type: 'TRANSACTION_ID',
    payout_transaction_id: payout.payoutTransactionId,
    external_merchant_id: payout.merchantId,
    external_reference_id: payout.requestId,
    payout_amount: money(payout.amountMinor, payout.currency),
    payout_destination: payout.merchantId,
    invoice_id: payout.invoiceId,
    custom: payout.customId,
    time_updated: isoTime(payout.updatedAtMs),
    links: [{ href: world.publicUrl() + path, rel: 'self', method: 'GET' }],
  };
}

/** What the sender pays for a payout within the US. */
export const PAYOUT_FEE_MINOR = 25;

/** https://developer.paypal.com/api/payments.payouts-batch/v1/payouts-get */
export function batchBody(world: World, batch: BatchRecord) {
  const { currency } = batch;
  const plain = (amountMinor: number) => ({ currency, value: toDecimal(amountMinor, currency) });
  const failed = batch.status === 'FAILED';
  const status = failed ? 'DENIED' : batch.status === 'PENDING' ? 'PENDING' : 'SUCCESS';
  return {
    batch_header: {
      payout_batch_id: batch.id,
      batch_status: status,
      time_created: isoTime(batch.createdAtMs),
      sender_batch_header: { sender_batch_id: batch.senderBatchId },
      amount: plain(batch.amountMinor),
      fees: plain(PAYOUT_FEE_MINOR),
    },
    items: [
      {
        payout_item_id: batch.itemId,
        transaction_id: batch.transactionId,
        transaction_status: batch.status,
        payout_item_fee: plain(failed ? 0 : PAYOUT_FEE_MINOR),
        payout_batch_id: batch.id,
        sender_batch_id: batch.senderBatchId,
        payout_item: {
          recipient_type: 'PAYPAL_ID',
          amount: plain(batch.amountMinor),
          note: batch.note,
          receiver: batch.merchantId,
          sender_item_id: batch.senderItemId,
        },
        errors: batch.error ? { name: batch.error, message: batch.error } : undefined,
      },
    ],
    links: [
      { href: `${world.publicUrl()}/v1/payments/payouts/${batch.id}`, rel: 'self', method: 'GET' },
    ],
  };
}

/** https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_get */
export function disputeBody(world: World, dispute: DisputeRecord, capture: CaptureRecord) {
  const { currency } = dispute;
  return {
    ...disputeSummary(world, dispute),
    disputed_transactions: [
      {
        seller_transaction_id: capture.id,
        create_time: isoTime(capture.createdAtMs),
        transaction_status: capture.status,
        gross_amount: money(capture.amountMinor, currency),
        invoice_number: capture.invoiceId,
        custom: capture.customId,
        seller: { merchant_id: capture.merchantId },
      },
    ],
    dispute_outcome: dispute.outcome
      ? {
          outcome_code: dispute.outcome,
          amount_refunded: money(dispute.refundedMinor, currency),
        }
      : undefined,
    money_movements: moneyMovements(dispute),
  };
}

/** Who the money was taken from. Assumed: the platform shows as PAYMENT_PROCESSOR. */
function moneyMovements({ refundedMinor, takenFromSellerMinor, ...dispute }: DisputeRecord) {
  const { outcome, charges = [] } = dispute;
  const settled = outcome && outcome !== 'RESOLVED_WITH_PAYOUT';
  const common = { type: 'DEBIT', reason: 'DISPUTE_SETTLEMENT' };
  const settlements = [
    { ...common, party: 'SELLER', minor: takenFromSellerMinor },
    { ...common, party: 'PAYMENT_PROCESSOR', minor: refundedMinor - takenFromSellerMinor },
  ].filter(({ minor }) => minor > 0);
  const movements = [...(settled ? settlements : []), ...charges].map(
    ({ party, minor, type, reason }) => ({
      affected_party: party,
      amount: money(minor, dispute.currency),
      initiated_time: isoTime(dispute.updatedAtMs),
      type,
      reason,
    }),
  );
  return movements.length > 0 ? movements : undefined;
}

/** As the list of disputes has it. https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_list */
export function disputeSummary(world: World, dispute: DisputeRecord) {
  const self = `${world.publicUrl()}/v1/customer/disputes/${dispute.id}`;
  return {
    dispute_id: dispute.id,
    create_time: isoTime(dispute.createdAtMs),
    update_time: isoTime(dispute.updatedAtMs),
    reason: dispute.reason,
    status: dispute.status,
    dispute_amount: money(dispute.amountMinor, dispute.currency),
    dispute_life_cycle_stage: dispute.stage,
    dispute_channel: 'INTERNAL',
    seller_response_due_date:
      dispute.status === 'WAITING_FOR_SELLER_RESPONSE'
        ? isoTime(dispute.respondUntilMs)
        : undefined,
    dispute_state: disputeState(dispute),
    links: [
      { href: self, rel: 'self', method: 'GET' },
      ...(isAppealable(dispute) ? [{ href: `${self}/appeal`, rel: 'appeal', method: 'POST' }] : []),
    ],
  };
}

/** PayPal hears a seller who has lost once more, and not again. */
export const isAppealable = ({ status, outcome, appealed }: DisputeRecord): boolean =>
  status === 'RESOLVED' && outcome === 'RESOLVED_BUYER_FAVOUR' && !appealed;

function disputeState(dispute: DisputeRecord): string {
  if (isAppealable(dispute)) return 'APPEALABLE';
  if (dispute.status === 'RESOLVED') return 'RESOLVED';
  return dispute.status === 'UNDER_REVIEW' ? 'UNDER_PAYPAL_REVIEW' : 'REQUIRED_ACTION';
}
