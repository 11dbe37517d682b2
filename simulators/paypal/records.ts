import type { Currency } from '../../src/domain/common/money.ts';

/** Times are milliseconds of the simulator's clock. */
export interface OrderRecord {
  readonly intent: 'CAPTURE' | 'AUTHORIZE';
  readonly id: string;
  readonly createdAtMs: number;
  updatedAtMs: number;
  status: 'CREATED' | 'SAVED' | 'APPROVED' | 'VOIDED' | 'COMPLETED' | 'PAYER_ACTION_REQUIRED';
  readonly amountMinor: number;
  readonly currency: Currency;
  readonly platformFeeMinor: number;
  readonly disbursementMode: 'INSTANT' | 'DELAYED';
  readonly referenceId: string;
  readonly merchantId: string;
  readonly description?: string;
  readonly customId?: string;
  readonly invoiceId?: string;
  readonly returnUrl?: string;
  readonly cancelUrl?: string;
  source?: PaymentSource;
  attempts: number;
  authorizationId?: string;
  captureId?: string;
}

/** The buyer's money, kept for the payee until it is captured, voided, or 29 days are over. */
export interface AuthorizationRecord {
  readonly id: string;
  readonly orderId: string;
  readonly createdAtMs: number;
  updatedAtMs: number;
  status:
    'CREATED' | 'CAPTURED' | 'DENIED' | 'PARTIALLY_CAPTURED' | 'VOIDED' | 'EXPIRED' | 'PENDING';
  /** Why PayPal has not decided yet. */
  reason?: string;
}

/** What the buyer pays with: a declining card never pays, the others stay pending. */
export const PAYMENT_SOURCES = ['good', 'declining', 'echeck', 'reviewed'] as const;
export type PaymentSource = (typeof PAYMENT_SOURCES)[number];

export interface CaptureRecord {
  readonly id: string;
  readonly orderId: string;
  readonly createdAtMs: number;
  updatedAtMs: number;
  status: 'COMPLETED' | 'PENDING' | 'DECLINED' | 'FAILED' | 'REFUNDED' | 'PARTIALLY_REFUNDED';
  reason?: string;
  readonly amountMinor: number;
  readonly currency: Currency;
  /** The three are fixed at capture. */
  readonly paypalFeeMinor: number;
  readonly platformFeeMinor: number;
  readonly netMinor: number;
  readonly disbursementMode: 'INSTANT' | 'DELAYED';
  readonly merchantId: string;
  readonly customId?: string;
  readonly invoiceId?: string;
  /** Where the seller's share is. */
  funds: 'held' | 'releasing' | 'released';
  refundedMinor: number;
  refundedPlatformFeeMinor: number;
  /** What refunds and lost disputes took from the seller's share. */
  debitedMinor: number;
  refundIds: string[];
  payoutItemId?: string;
  disputeId?: string;
}

export interface RefundRecord {
  readonly id: string;
  readonly captureId: string;
  readonly createdAtMs: number;
  readonly amountMinor: number;
  readonly currency: Currency;
  readonly platformFeeMinor: number;
  readonly totalRefundedMinor: number;
  readonly invoiceId?: string;
  readonly customId?: string;
  readonly note?: string;
  /** COMPLETED unless the control API says otherwise. */
  readonly status?: string;
}

export interface PayoutRecord {
  readonly id: string;
  readonly captureId: string;
  readonly requestId?: string;
  readonly createdAtMs: number;
  updatedAtMs: number;
  status: 'PENDING' | 'SUCCESS' | 'FAILED';
  reason?: string;
  amountMinor: number;
  readonly currency: Currency;
  readonly merchantId: string;
  readonly invoiceId?: string;
  readonly customId?: string;
  payoutTransactionId?: string;
}

export interface DisputeRecord {
  readonly id: string;
  readonly captureId: string;
  readonly createdAtMs: number;
  updatedAtMs: number;
  status: 'WAITING_FOR_SELLER_RESPONSE' | 'UNDER_REVIEW' | 'RESOLVED';
  readonly reason: string;
  stage: DisputeStage;
  /** Without a word of the seller until then, the buyer wins. */
  respondUntilMs: number;
  readonly amountMinor: number;
  readonly currency: Currency;
  outcome?: DisputeOutcome;
  /** What PayPal charges beside what is disputed. */
  charges?: readonly { reason: string; party: string; type: string; minor: number }[];
  /** An appeal is heard once. */
  appealed?: boolean;
  refundedMinor: number;
  /** What of it was taken from the seller, and what from the platform. */
  takenFromSellerMinor: number;
}

export const DISPUTE_STAGES = ['INQUIRY', 'CHARGEBACK', 'PRE_ARBITRATION', 'ARBITRATION'] as const;
export type DisputeStage = (typeof DISPUTE_STAGES)[number];

export const DISPUTE_OUTCOMES = [
  'RESOLVED_BUYER_FAVOUR',
  'RESOLVED_SELLER_FAVOUR',
  'RESOLVED_WITH_PAYOUT',
  'CANCELED_BY_BUYER',
  'ACCEPTED',
  'DENIED',
  'NONE',
] as const;
export type DisputeOutcome = (typeof DISPUTE_OUTCOMES)[number];

/** How a seller's account behaves; everything is well unless the control API says otherwise. */
export interface SellerRecord {
  readonly id: string;
  status: 'good' | 'restricted' | 'closed';
  funds: 'ample' | 'empty';
  /** Whether PayPal holds money for it. */
  delayedDisbursement: 'enabled' | 'notEnabled';
}

/** Money that the partner sends to a seller or a buyer: a batch of one item. */
export interface BatchRecord {
  readonly id: string;
  readonly itemId: string;
  readonly senderBatchId: string;
  readonly senderItemId?: string;
  readonly createdAtMs: number;
  readonly merchantId: string;
  readonly amountMinor: number;
  readonly currency: Currency;
  readonly note?: string;
  status: 'PENDING' | 'SUCCESS' | 'UNCLAIMED' | 'FAILED' | 'RETURNED';
  error?: string;
  transactionId?: string;
}

/** A line of the transaction report. */
export interface MovementRecord {
  readonly id: string;
  readonly atMs: number;
  readonly eventCode: string;
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly currency: Currency;
  readonly referenceId?: string;
  readonly referenceType?: 'ODR' | 'TXN';
  readonly invoiceId?: string;
  readonly customId?: string;
  readonly status: 'S' | 'P' | 'D';
}

export interface Records {
  order: OrderRecord;
  authorization: AuthorizationRecord;
  capture: CaptureRecord;
  refund: RefundRecord;
  payout: PayoutRecord;
  batch: BatchRecord;
  dispute: DisputeRecord;
  seller: SellerRecord;
  /** Invoice numbers in use: seller and number -> the transaction that has it. */
  invoice: { readonly id: string; readonly transactionId: string };
}
