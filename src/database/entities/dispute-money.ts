import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { Currency } from '../../domain/common/money.ts';

/** Captured money that PayPal says it has taken back. */
@Entity('reversal')
export class Reversal {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('uuid') paymentId!: string;
  /** PayPal's transaction where it names one, else its event. */
  @Column('text') paypalId!: string;
  @Column('text') eventType!: string;
  @Column({ type: 'bigint', nullable: true }) amountMinor!: number | null;
  /** Unexplained, it stops the release. */
  @Column({ type: 'text', insert: false })
  state!: 'unexplained' | 'disputed' | 'recorded' | 'released';
  @Column({ type: 'timestamptz', nullable: true }) explainedAt!: Date | null;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}

/** What PayPal has moved because of a dispute, beside the disputed money itself. */
@Entity('dispute_movement')
export class DisputeMovement {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('uuid') disputeId!: string;
  @Column('text') reason!: string;
  @Column('text') affectedParty!: string;
  @Column('text') type!: string;
  @Column('bigint') amountMinor!: number;
  @Column('text') currency!: Currency;
  /** Which of several that are alike. */
  @Column('int') occurrence!: number;
  @Column('text') meaning!: 'fee' | 'unclear';
}
