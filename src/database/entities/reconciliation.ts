import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { Entry } from '../../domain/ledger/ledger.ts';
import type {
  DifferenceState,
  ReconciliationRunState,
  RepairState,
} from '../../domain/reconciliation/lifecycle.ts';
import type { Currency } from '../../domain/common/money.ts';
import type { UnreadSource } from '../../domain/reconciliation/unread.ts';
import type { DifferenceKind, Side, Subject } from '../../domain/reconciliation/compare.ts';

@Entity('reconciliation_run')
export class ReconciliationRun {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('timestamptz') fromAt!: Date;
  @Column('timestamptz') toAt!: Date;
  @Column({ type: 'text', insert: false }) state!: ReconciliationRunState;
  /** The stretch of PayPal's report that this run has read, once it has. */
  @Column({ type: 'timestamptz', nullable: true }) readFrom!: Date | null;
  @Column({ type: 'timestamptz', nullable: true }) readTo!: Date | null;
  /** The last sale that is compared; sales come in the order of their ids. */
  @Column({ type: 'uuid', nullable: true }) comparedTo!: string | null;
  @Column({ type: 'bigint', insert: false }) sales!: number;
  @Column({ type: 'bigint', insert: false }) ledgerRecords!: number;
  @Column({ type: 'bigint', insert: false }) paypalRecords!: number;
  @Column({ type: 'bigint', insert: false }) erpRecords!: number;
  @Column({ type: 'bigint', nullable: true }) differenceCount!: number | null;
  @Column({ type: 'text', nullable: true }) sumOfDifferences!: string | null;
  /** Lines of outside lists that could not be read when it ended. */
  @Column({ type: 'bigint', nullable: true }) unreadLines!: number | null;
  @Column({ type: 'text', nullable: true }) failureReason!: string | null;
  @Column({ type: 'timestamptz', nullable: true }) finishedAt!: Date | null;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}

@Entity('difference')
export class DifferenceRow {
  @PrimaryGeneratedColumn('uuid') id!: string;
  /** Null for a movement at PayPal that belongs to no sale. */
  @Column({ type: 'uuid', nullable: true }) auctionId!: string | null;
  @Column('text') side!: Side;
  @Column('text') subject!: Subject;
  @Column('text') reference!: string;
  @Column('text') kind!: DifferenceKind;
  @Column('text') currency!: Currency;
  @Column('bigint') expectedMinor!: number;
  @Column('bigint') foundMinor!: number;
  @Column({ type: 'text', nullable: true }) detail!: string | null;
  @Column({ type: 'text', insert: false }) state!: DifferenceState;
  @Column({ type: 'text', nullable: true }) assignee!: string | null;
  @Column({ type: 'text', nullable: true }) closeReason!: string | null;
  @Column({ type: 'timestamptz', insert: false }) firstSeenAt!: Date;
  @Column('timestamptz') lastSeenAt!: Date;
}

@Entity('repair')
export class Repair {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('uuid') differenceId!: string;
  @Column('uuid') auctionId!: string;
  @Column('text') reason!: string;
  @Column('text') currency!: Currency;
  @Column('jsonb') entries!: Entry[];
  /** What it moves. */
  @Column('bigint') amountMinor!: number;
  @Column('text') proposedBy!: string;
  /** Another person than who proposed it; null while nobody has, and where nobody needs to. */
  @Column({ type: 'text', nullable: true }) approvedBy!: string | null;
  @Column({ type: 'text', insert: false }) state!: RepairState;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}

@Entity('unread_line')
export class UnreadLineRow {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('text') source!: UnreadSource;
  @Column('text') key!: string;
  /** JSON as it came, or other text. */
  @Column('text') raw!: string;
  @Column('text') reason!: string;
  @Column({ type: 'timestamptz', insert: false }) firstSeenAt!: Date;
  @Column({ type: 'timestamptz', insert: false }) lastSeenAt!: Date;
}
