import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { ApprovalState } from '../../domain/approval/lifecycle.ts';
import type { Currency } from '../../domain/common/money.ts';

/** By kind, exactly what is done once a second person agrees. */
export interface ApprovalRequests {
  store_credit: { ownerId: string; currency: Currency; amountMinor: number };
  ledger_reversal: { transactionId: number };
  payee_change: { sellerId: string; from: string; to: string };
}
export type ApprovalKind = keyof ApprovalRequests;

@Entity('approval')
export class Approval<Kind extends ApprovalKind = ApprovalKind> {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('text') kind!: Kind;
  /** Whose wallet, which transaction, which seller. */
  @Column('text') subjectId!: string;
  @Column('jsonb') request!: ApprovalRequests[Kind];
  @Column('text') reason!: string;
  @Column('text') proposedBy!: string;
  @Column('timestamptz') expiresAt!: Date;
  @Column({ type: 'text', insert: false }) state!: ApprovalState;
  /** Approved, rejected or withdrawn by; never the one who proposed what is approved. */
  @Column({ type: 'text', nullable: true }) decidedBy!: string | null;
  @Column({ type: 'text', nullable: true }) decisionReason!: string | null;
  @Column({ type: 'timestamptz', nullable: true }) decidedAt!: Date | null;
  /** What came of it, as ids. */
  @Column({ type: 'jsonb', nullable: true }) outcome!: Record<string, string | number> | null;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}
