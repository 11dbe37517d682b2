import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { OfferState } from '../../domain/lifecycles/offer.ts';
import type { Currency } from '../../domain/money.ts';

@Entity('offer')
export class Offer {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('uuid') auctionId!: string;
  @Column('text') bidderId!: string;
  /** 1 is the winner; second chances follow. */
  @Column('int') rank!: number;
  @Column('text') kind!: 'winner' | 'second_chance';
  @Column('text') currency!: Currency;
  @Column('bigint') priceMinor!: number;
  /** A second chance stands until then; the winner has nothing to answer. */
  @Column({ type: 'timestamptz', nullable: true }) answerUntil!: Date | null;
  @Column({ type: 'text', insert: false }) state!: OfferState;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}

@Entity('notice')
export class Notice {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('text') recipientId!: string;
  @Column('text') kind!: NoticeKind;
  /** Our id of what it is about; PayPal's where there is none of ours. */
  @Column('text') subjectId!: string;
  /** Which time: the second reminder is another notice than the first. */
  @Column('int') occasion!: number;
  /** PayPal's code, of what PayPal refuses: another cause is another notice. */
  @Column('text') cause!: string;
  @Column('text') text!: string;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}

export type NoticeKind =
  | 'payment_due'
  | 'payment_reminder'
  | 'payment_refused'
  | 'payment_pending'
  | 'payment_declined'
  | 'payment_expired'
  | 'payment_received'
  | 'sale_paid'
  | 'sale_ended'
  | 'late_money'
  | 'payment_unclear'
  | 'second_chance'
  | 'offer_withdrawn'
  | 'buyer_passed_over'
  | 'auction_cancelled'
  | 'auction_paused'
  | 'auction_resumed'
  | 'auction_end_moved'
  | 'auction_unsold'
  | 'bids_retracted'
  | 'refunded'
  | 'paid_out'
  | 'payout_unclaimed'
  | 'owes_house'
  | 'debt_received'
  | 'house_refunds'
  | 'paypal_refuses'
  | 'hold_ends'
  | 'release_failed'
  | 'nothing_for_seller'
  | 'auto_released'
  | 'refund_failed'
  | 'refund_unclear'
  | 'payment_reversed'
  | 'paypal_contradicts'
  | 'dispute_opened'
  | 'dispute_stage'
  | 'evidence_due'
  | 'evidence_overdue'
  | 'dispute_ended'
  | 'dispute_reopened'
  | 'dispute_unclear'
  | 'erp_rejected'
  | 'step_stuck'
  | 'report_failed'
  | 'reconciliation_failed'
  | 'never_opened'
  | 'opened_late'
  | 'reconciliation_differs'
  | 'unread_lines'
  | 'paypal_differs';
