import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import type { PostingKind } from '../../domain/ledger/ledger.ts';
import type { Currency } from '../../domain/common/money.ts';

@Entity('ledger_transaction')
export class LedgerTransaction {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' }) id!: number;
  @Column('text') kind!: PostingKind;
  @Column('uuid') subjectId!: string;
  @Column('uuid') auctionId!: string | null;
  @Column({ type: 'timestamptz', insert: false }) postedAt!: Date;
}

@Entity('ledger_entry')
export class LedgerEntry {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' }) id!: number;
  @Column('bigint') transactionId!: number;
  @Column('text') account!: string;
  @Column('text') currency!: Currency;
  @Column('bigint') amountMinor!: number;
}
