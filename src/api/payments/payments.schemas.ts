import { z } from 'zod';
import type { Payment, Refund } from '../../database/entities/index.ts';
import { paymentLifecycle } from '../../domain/lifecycles/payment.ts';
import { refundLifecycle } from '../../domain/lifecycles/refund.ts';
import { pendingVerdict } from '../../integrations/paypal/index.ts';
import type { Access } from '../http/access.ts';
import {
  AmountMinor,
  Currency,
  Id,
  iso,
  isoOrNull,
  Moment,
  pageOf,
  PageQuery,
  SignedMinor,
  Text,
  stateOf,
} from '../http/schemas.ts';

const State = stateOf(paymentLifecycle);

export const PaymentView = z
  .object({
    id: Id,
    auctionId: Id,
    offerId: Id,
    bidderId: z.string(),
    sellerId: z.string(),
    state: State,
    currency: Currency,
    amountMinor: SignedMinor.describe('minor units; hammer price, premium and tax'),
    hammerPriceMinor: SignedMinor,
    buyersPremiumMinor: SignedMinor,
    premiumTaxMinor: SignedMinor,
    premiumTaxRegion: z.string().nullable().describe('by whose rate; null: no tax'),
    sellersCommissionMinor: SignedMinor,
    paypalFeeMinor: SignedMinor.nullable(),
    payoutMinor: SignedMinor.nullable().describe(
      'minor units; what the seller is to get, less what the seller owed the house; not for the buyer',
    ),
    sellerCreditMinor: SignedMinor.nullable().describe(
      "minor units; PayPal's fee, when the house bears it and owes it to the seller",
    ),
    refundedMinor: SignedMinor,
    heldBy: z
      .enum(['paypal', 'house'])
      .describe('in whose account the money is, until the release'),
    payUntil: Moment,
    paypalOrderId: z.string().nullable(),
    approveUrl: z.string().nullable().describe("PayPal's page where the buyer approves"),
    captureId: z.string().nullable(),
    capturedAt: Moment.nullable(),
    pendingReason: z
      .string()
      .nullable()
      .describe("PayPal's reason while it is at the payment: ECHECK, PENDING_REVIEW and others"),
    refusalReason: z.string().nullable(),
    createdAt: Moment,
  })
  .meta({ id: 'Payment' });
export type PaymentView = z.infer<typeof PaymentView>;

export const PaymentPage = pageOf(PaymentView, 'PaymentPage');
export const PaymentQuery = PageQuery.extend({ auctionId: Id.optional(), state: State.optional() });
export type PaymentQuery = z.infer<typeof PaymentQuery>;

export const RequestRefund = z
  .object({
    amountMinor: AmountMinor.optional().describe('minor units; default: all that is left'),
    reason: Text(255).min(1).describe('the buyer reads it'),
  })
  .meta({ id: 'RequestRefund' });
export type RequestRefund = z.infer<typeof RequestRefund>;

export const RefundView = z
  .object({
    id: Id,
    paymentId: Id,
    state: stateOf(refundLifecycle),
    currency: Currency,
    amountMinor: SignedMinor,
    reason: z.string(),
    way: z
      .enum(['refund', 'payout'])
      .describe(
        "of the capture; or by the house's own payout, where PayPal does not take it from the seller",
      ),
    paypalRefundId: z.string().nullable(),
    payoutBatchId: z
      .string()
      .nullable()
      .describe("PayPal's id of the house's payout; for operators and finance"),
    failureReason: z.string().nullable(),
    completedAt: Moment.nullable(),
    createdAt: Moment,
  })
  .meta({ id: 'Refund' });
export type RefundView = z.infer<typeof RefundView>;
export const RefundList = z.object({ items: z.array(RefundView) }).meta({ id: 'RefundList' });

export const viewPayment = (payment: Payment, { actingAs }: Access): PaymentView => ({
  id: payment.id,
  auctionId: payment.auctionId,
  offerId: payment.offerId,
  bidderId: payment.bidderId,
  sellerId: payment.sellerId,
  state: payment.state,
  currency: payment.currency,
  amountMinor: payment.amountMinor,
  hammerPriceMinor: payment.hammerPriceMinor,
  buyersPremiumMinor: payment.buyersPremiumMinor,
  premiumTaxMinor: payment.premiumTaxMinor,
  premiumTaxRegion: payment.premiumTaxRegion,
  sellersCommissionMinor: payment.sellersCommissionMinor,
  paypalFeeMinor: payment.paypalFeeMinor,
  // It would tell the buyer what the seller owes.
  payoutMinor: actingAs === 'bidder' ? null : payment.payoutMinor,
  sellerCreditMinor: payment.sellerCreditMinor,
  refundedMinor: payment.refundedMinor,
  heldBy: payment.heldBy,
  payUntil: iso(payment.payUntil),
  paypalOrderId: payment.paypalOrderId,
  approveUrl: payment.approveUrl,
  captureId: payment.captureId,
  capturedAt: isoOrNull(payment.capturedAt),
  pendingReason: pendingReasonFor(payment, actingAs),
  refusalReason: refusalFor(payment, actingAs),
  createdAt: iso(payment.createdAt),
});

function pendingReasonFor({ pendingReason }: Payment, actingAs: Access['actingAs']) {
  if (pendingReason === null || actingAs !== 'bidder') return pendingReason;
  return pendingVerdict(pendingReason).sellerMustAct ? 'OTHER' : pendingReason;
}

/** A buyer does not read how the seller's account stands, or ours. */
function refusalFor({ refusalReason, refusalFor }: Payment, actingAs: Access['actingAs']) {
  const tellsOfOthers = refusalReason !== null && refusalFor !== 'buyer';
  return actingAs === 'bidder' && tellsOfOthers
    ? 'Payment is not possible at present.'
    : refusalReason;
}

export const viewRefund = (
  refund: Refund,
  { seesAll, actingAs }: Pick<Access, 'seesAll' | 'actingAs'>,
): RefundView => ({
  id: refund.id,
  paymentId: refund.paymentId,
  state: refund.state,
  currency: refund.currency,
  amountMinor: refund.amountMinor,
  reason: refund.reason,
  way: refund.way,
  paypalRefundId: refund.paypalRefundId,
  payoutBatchId: seesAll ? refund.payoutBatchId : null,
  // It may tell the buyer how the seller's account stands.
  failureReason: actingAs === 'bidder' ? null : refund.failureReason,
  completedAt: isoOrNull(refund.completedAt),
  createdAt: iso(refund.createdAt),
});
