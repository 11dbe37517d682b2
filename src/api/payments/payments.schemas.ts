import { z } from 'zod';
import type { Payment, Refund } from '../../database/entities/index.ts';
import { paymentLifecycle } from '../../domain/payment/lifecycle.ts';
import { refundLifecycle } from '../../domain/refund/lifecycle.ts';
import { pendingVerdict } from '../../integrations/paypal/index.ts';
import type { Access } from '../http/access.ts';
import {
  AmountMinor,
  Currency,
  ExternalId,
  Id,
  iso,
  isoOrNull,
  Moment,
  pageOf,
  PageQuery,
  SignedMinor,
  Words,
  stateOf,
} from '../http/schemas.ts';
import { partOf, viewersOf, viewsOf, type Viewer } from '../http/views/views.ts';

const State = stateOf(paymentLifecycle);

export const PaymentView = z
  .object({
    id: Id,
    auctionId: Id,
    offerId: Id,
    bidderId: z
      .string()
      .nullable()
      .describe('for the seller once the buyer has paid; null until then'),
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
      'minor units; what the seller is to get, less what the seller owed the house',
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

/** A buyer learns nothing of what seller and house settle, a seller nothing of the way to PayPal's page. */
export const PAYMENT_VIEWS = viewsOf(PaymentView, {
  finance: PaymentView,
  seller: partOf(PaymentView, 'PaymentForSeller', [
    'id',
    'auctionId',
    'bidderId',
    'sellerId',
    'state',
    'currency',
    'amountMinor',
    'hammerPriceMinor',
    'sellersCommissionMinor',
    'paypalFeeMinor',
    'payoutMinor',
    'sellerCreditMinor',
    'refundedMinor',
    'heldBy',
    'payUntil',
    'captureId',
    'capturedAt',
    'createdAt',
  ]),
  bidder: partOf(PaymentView, 'PaymentForBuyer', [
    'id',
    'auctionId',
    'offerId',
    'bidderId',
    'sellerId',
    'state',
    'currency',
    'amountMinor',
    'hammerPriceMinor',
    'buyersPremiumMinor',
    'premiumTaxMinor',
    'premiumTaxRegion',
    'refundedMinor',
    'payUntil',
    'paypalOrderId',
    'approveUrl',
    'capturedAt',
    'pendingReason',
    'refusalReason',
    'createdAt',
  ]),
});

export const PaymentPage = pageOf(PAYMENT_VIEWS.schema, 'PaymentPage');
export const PaymentQuery = PageQuery.extend({
  auctionId: Id.optional(),
  sellerId: ExternalId.optional(),
  state: State.optional(),
});
export type PaymentQuery = z.infer<typeof PaymentQuery>;

export const RequestRefund = z
  .object({
    amountMinor: AmountMinor.optional().describe('minor units; default: all that is left'),
    reason: Words(255).describe('the buyer reads it'),
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
const PUBLIC = [
  'id',
  'paymentId',
  'state',
  'currency',
  'amountMinor',
  'reason',
  'completedAt',
  'createdAt',
] as const;

/** Why a refund failed, and who pays it, may tell the buyer how the seller's account stands. */
export const REFUND_VIEWS = viewsOf(RefundView, {
  finance: RefundView,
  seller: partOf(RefundView, 'RefundForSeller', [
    ...PUBLIC,
    'way',
    'paypalRefundId',
    'failureReason',
  ]),
  bidder: partOf(RefundView, 'RefundForBuyer', PUBLIC),
});
export const RefundList = z
  .object({ items: z.array(REFUND_VIEWS.schema) })
  .meta({ id: 'RefundList' });

export function viewPayment(payment: Payment, access: Access): Partial<PaymentView> {
  const viewers = viewersOf(access, payment);
  const [viewer] = viewers;
  return PAYMENT_VIEWS.of(viewers, {
    id: payment.id,
    auctionId: payment.auctionId,
    offerId: payment.offerId,
    bidderId: viewer === 'seller' && !payment.capturedAt ? null : payment.bidderId,
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
    payoutMinor: payment.payoutMinor,
    sellerCreditMinor: payment.sellerCreditMinor,
    refundedMinor: payment.refundedMinor,
    heldBy: payment.heldBy,
    payUntil: iso(payment.payUntil),
    paypalOrderId: payment.paypalOrderId,
    approveUrl: payment.approveUrl,
    captureId: payment.captureId,
    capturedAt: isoOrNull(payment.capturedAt),
    pendingReason: pendingReasonFor(payment, viewer),
    refusalReason: refusalFor(payment, viewer),
    createdAt: iso(payment.createdAt),
  });
}

function pendingReasonFor({ pendingReason }: Payment, viewer: Viewer) {
  if (pendingReason === null || viewer !== 'bidder') return pendingReason;
  return pendingVerdict(pendingReason).sellerMustAct ? 'OTHER' : pendingReason;
}

/** A buyer does not read how the seller's account stands, or ours. */
function refusalFor({ refusalReason, refusalFor }: Payment, viewer: Viewer) {
  const tellsOfOthers = refusalReason !== null && refusalFor !== 'buyer';
  return viewer === 'bidder' && tellsOfOthers
    ? 'Payment is not possible at present.'
    : refusalReason;
}

/** The whole of it, for the house. */
export const viewRefund = (refund: Refund): RefundView => ({
  id: refund.id,
  paymentId: refund.paymentId,
  state: refund.state,
  currency: refund.currency,
  amountMinor: refund.amountMinor,
  reason: refund.reason,
  way: refund.way,
  paypalRefundId: refund.paypalRefundId,
  payoutBatchId: refund.payoutBatchId,
  failureReason: refund.failureReason,
  completedAt: isoOrNull(refund.completedAt),
  createdAt: iso(refund.createdAt),
});
