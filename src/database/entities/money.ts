import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { DisbursementState } from '../../domain/disbursement/lifecycle.ts';
import type { DisputeState } from '../../domain/dispute/lifecycle.ts';
import type { PaymentState } from '../../domain/payment/lifecycle.ts';
import type { RefundState } from '../../domain/refund/lifecycle.ts';
import type { Currency } from '../../domain/common/money.ts';

@Entity('payment')
export class Payment {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('uuid') offerId!: string;
  @Column('uuid') auctionId!: string;
  @Column('text') bidderId!: string;
  @Column('text') sellerId!: string;
  @Column('text') currency!: Currency;
  @Column('bigint') amountMinor!: number;
  @Column('bigint') hammerPriceMinor!: number;
  @Column('bigint') buyersPremiumMinor!: number;
  @Column('bigint') premiumTaxMinor!: number;
  /** Fixed when the payment is made, from the buyer's region then; null when there is no tax. */
  @Column({ type: 'text', nullable: true }) premiumTaxRegion!: string | null;
  @Column('bigint') sellersCommissionMinor!: number;
  /** Premium, commission and tax. */
  @Column('bigint') platformFeeMinor!: number;
  /** Known once captured: PayPal fixes its fee at the capture. */
  @Column({ type: 'bigint', nullable: true }) paypalFeeMinor!: number | null;
  /** Known once captured: what the seller is to get. */
  @Column({ type: 'bigint', nullable: true }) payoutMinor!: number | null;
  /** Known once captured: PayPal's fee, when the house bears it and owes it to the seller. */
  @Column({ type: 'bigint', nullable: true }) sellerCreditMinor!: number | null;
  @Column({ type: 'bigint', insert: false }) refundedMinor!: number;
  /** By how much PayPal's platform fee is raised for what the seller owes the house. */
  @Column({ type: 'bigint', insert: false }) recoveryMinor!: number;
  @Column('timestamptz') payUntil!: Date;
  @Column({ type: 'text', insert: false }) state!: PaymentState;
  @Column({ type: 'text', nullable: true }) paypalOrderId!: string | null;
  @Column({ type: 'text', nullable: true }) approveUrl!: string | null;
  /** In whose account the money is until the release: the order decides. */
  @Column({ type: 'text', default: 'paypal' }) heldBy!: 'paypal' | 'house';
  /** The seller's PayPal account when the order was opened: every later call uses it. */
  @Column({ type: 'text', nullable: true, insert: false }) payeeMerchantId!: string | null;
  /** Whether the order is to be authorised, and the authorization captured. */
  @Column({ type: 'boolean', default: false }) authoriseFirst!: boolean;
  /** Which order of the payment's this is: one that cannot be paid any more is followed by another. */
  @Column({ type: 'int', insert: false }) orderNumber!: number;
  @Column({ type: 'timestamptz', nullable: true }) orderOpenedAt!: Date | null;
  /** Since when there has been no order to pay: that time is not taken from the buyer's. */
  @Column({ type: 'timestamptz', nullable: true }) orderEndedAt!: Date | null;
  /** PayPal's id of the buyer's account; read only by whoever pays the buyer. */
  @Column({ type: 'text', nullable: true, insert: false, select: false }) payerId?: string | null;
  @Column({ type: 'text', nullable: true }) captureId!: string | null;
  @Column({ type: 'timestamptz', nullable: true }) capturedAt!: Date | null;
  /** PayPal's reason while the capture is pending: ECHECK, PENDING_REVIEW and others. */
  @Column({ type: 'text', nullable: true }) pendingReason!: string | null;
  /** How often PayPal refused to take the money. */
  @Column({ type: 'int', insert: false }) refusals!: number;
  @Column({ type: 'text', nullable: true }) refusalReason!: string | null;
  /** Whom the reason concerns: a buyer does not read how the seller's account stands. */
  @Column({ type: 'text', nullable: true, insert: false }) refusalFor!:
    'buyer' | 'seller' | 'operator' | null;
  /** Why an operator wants the sale to end, should PayPal turn out not to have taken the money. */
  @Column({ type: 'text', nullable: true, insert: false }) endReason!: string | null;
  /** Whether the piece then goes on to the next bidder. */
  @Column({ type: 'boolean', insert: false }) endNext!: boolean;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}

@Entity('disbursement')
export class Disbursement {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('uuid') paymentId!: string;
  @Column('uuid') auctionId!: string;
  @Column('text') sellerId!: string;
  @Column('text') currency!: Currency;
  @Column('bigint') amountMinor!: number;
  @Column({ type: 'text', insert: false }) state!: DisbursementState;
  @Column({ type: 'timestamptz', nullable: true }) arrivedAt!: Date | null;
  @Column('timestamptz') dueAt!: Date;
  @Column('timestamptz') lastSafeAt!: Date;
  @Column('timestamptz') autoReleaseAt!: Date;
  /** From here on a person is told why the money has not left. */
  @Column('timestamptz') alarmAt!: Date;
  /** What the person was told, for as long as it is so. */
  @Column({ type: 'text', nullable: true }) alarm!: string | null;
  /** Set while an operator holds the money back. */
  @Column({ type: 'text', nullable: true }) holdReason!: string | null;
  @Column({ type: 'text', nullable: true }) failureReason!: string | null;
  /** How often PayPal did not pay out. */
  @Column({ type: 'int', insert: false }) failures!: number;
  /** When PayPal is asked for it again by itself, while failed or blocked. */
  @Column({ type: 'timestamptz', nullable: true }) nextTryAt!: Date | null;
  @Column({ type: 'text', default: 'paypal' }) heldBy!: 'paypal' | 'house';
  /** How much of it is kept for what the seller owes the house; decided when a release begins. */
  @Column({ type: 'bigint', insert: false }) nettedMinor!: number;
  /** PayPal's id of the release: an item of its referenced payouts, or the house's batch. */
  @Column({ type: 'text', nullable: true }) payoutItemId!: string | null;
  @Column({ type: 'timestamptz', nullable: true }) releasedAt!: Date | null;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}

@Entity('refund')
export class Refund {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('uuid') paymentId!: string;
  @Column('uuid') auctionId!: string;
  @Column('text') currency!: Currency;
  @Column('bigint') amountMinor!: number;
  @Column('text') reason!: string;
  @Column({ type: 'text', insert: false }) state!: RefundState;
  /** A refund of the capture; or, where the seller cannot pay that, the house's payout to the buyer. */
  @Column({ type: 'text', insert: false }) way!: 'refund' | 'payout';
  /** The first request for the house's payout that PayPal may have taken on. */
  @Column({ type: 'timestamptz', nullable: true, insert: false }) payoutAskedAt!: Date | null;
  /** PayPal's id of the house's payout. */
  @Column({ type: 'text', nullable: true, insert: false }) payoutBatchId!: string | null;
  /** Why a person wants it to end, should PayPal turn out not to have it. */
  @Column({ type: 'text', nullable: true, insert: false }) giveUpReason!: string | null;
  @Column({ type: 'text', nullable: true }) paypalRefundId!: string | null;
  /** The dispute by whose loss PayPal gave it back. */
  @Column({ type: 'uuid', nullable: true }) disputeId!: string | null;
  /** What of it came back after an appeal. */
  @Column({ type: 'bigint', insert: false }) wonBackMinor!: number;
  @Column({ type: 'text', nullable: true }) failureReason!: string | null;
  @Column({ type: 'timestamptz', nullable: true }) completedAt!: Date | null;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}

@Entity('dispute')
export class Dispute {
  @PrimaryGeneratedColumn('uuid') id!: string;
  /** Null while PayPal names no payment that is known here. */
  @Column({ type: 'uuid', nullable: true }) paymentId!: string | null;
  @Column('text') paypalDisputeId!: string;
  @Column('text') disputeReason!: string;
  /** PayPal's: INQUIRY, CHARGEBACK, PRE_ARBITRATION or ARBITRATION. */
  @Column({ type: 'text', nullable: true }) stage!: string | null;
  @Column({ type: 'text', nullable: true }) statusAtPaypal!: string | null;
  @Column({ type: 'bigint', nullable: true }) amountMinor!: number | null;
  /** By when PayPal wants to hear the seller, while it waits for that. */
  @Column({ type: 'timestamptz', nullable: true }) respondUntil!: Date | null;
  /** Of the last answer of PayPal's that was taken in: an older one comes too late. */
  @Column({ type: 'timestamptz', nullable: true }) updatedAtPaypal!: Date | null;
  /** PayPal has decided, and would hear an appeal. */
  @Column({ type: 'boolean', default: false }) appealable!: boolean;
  /** PayPal's word for how it ended. */
  @Column({ type: 'text', nullable: true }) outcome!: string | null;
  /** What the seller and the house lost by it. */
  @Column({ type: 'bigint', insert: false }) lostMinor!: number;
  @Column({ type: 'text', insert: false }) state!: DisputeState;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}
