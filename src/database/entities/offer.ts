import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { OfferState } from '../../domain/offer/lifecycle.ts';
import type { Currency } from '../../domain/common/money.ts';
import type { NoticeKind } from '../../domain/notice/notices.ts';

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
  /** Whether the recipient is a person, or a box that people share. */
  @Column({ type: 'text', default: 'person' }) recipientKind!: 'person' | 'operators' | 'finance';
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
  @Column({ type: 'timestamptz', nullable: true }) closedAt!: Date | null;
  /** Null while it is open, and where what it was about is over. */
  @Column({ type: 'text', nullable: true }) closedBy!: string | null;
  @Column({ type: 'text', nullable: true }) closeReason!: string | null;
}
