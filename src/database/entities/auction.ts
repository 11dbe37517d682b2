import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';
import type { UsableBy } from '../../domain/eligibility/usable-by.ts';
import type { AuctionState } from '../../domain/auction/lifecycle.ts';
import type { Currency } from '../../domain/common/money.ts';
import { readPolicy, type Policy } from '../../domain/policy/policy.ts';
import { HEX } from './hex.ts';

@Entity('policy')
export class PolicyVersion {
  @PrimaryColumn('text') name!: string;
  @PrimaryColumn('int') version!: number;
  /** A version from before a rule was added is read with the rule's default. */
  @Column('jsonb', {
    transformer: { to: (given: Policy) => given, from: readPolicy },
  })
  document!: Policy;
  @Column('text') createdBy!: string;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}

@Entity('seller')
export class Seller {
  @PrimaryColumn('text') id!: string;
  @Column('text') name!: string;
  @Column('text') paypalMerchantId!: string;
  /** The house itself: its lots have a least start price. */
  @Column('boolean') isHouse!: boolean;
  /** Whether PayPal holds money for this seller: it said no, or an operator knows. */
  @Column({ type: 'boolean', default: true }) delayedDisbursement!: boolean;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}

/** The piece; an auction is one attempt to sell it. */
@Entity('lot')
export class Lot {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('text') sellerId!: string;
  @Column('text') title!: string;
  @Column('text') description!: string;
  /** HS heading, which the ERP books by. */
  @Column('text') commodityCode!: string;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}

@Entity('auction')
export class Auction {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('uuid') lotId!: string;
  @Column({ type: 'uuid', nullable: true }) saleId!: string | null;
  @Column('text') sellerId!: string;
  @Column('text') policyName!: string;
  @Column('int') policyVersion!: number;
  @Column('text') currency!: Currency;
  @Column('bigint') startPriceMinor!: number;
  @Column({ type: 'bigint', nullable: true }) reserveMinor!: number | null;
  @Column({ type: 'bigint', nullable: true }) buyNowMinor!: number | null;
  @Column('timestamptz') opensAt!: Date;
  @Column('timestamptz') closesAt!: Date;
  @Column({ type: 'int', insert: false }) extensions!: number;
  @Column({ type: 'text', insert: false }) state!: AuctionState;
  @Column('bigint') priceMinor!: number;
  @Column({ type: 'text', nullable: true }) leaderId!: string | null;
  @Column({ type: 'bigint', nullable: true }) leaderMaximumMinor!: number | null;
  @Column({ type: 'bigint', nullable: true }) runnerUpMaximumMinor!: number | null;
  @Column({ type: 'int', insert: false }) lastSequence!: number;
  @Column({ type: 'bytea', nullable: true, transformer: HEX }) lastHash!: string | null;
  @Column({ type: 'timestamptz', nullable: true }) closedAt!: Date | null;
  @Column({ type: 'text', nullable: true }) unsoldReason!: UnsoldReason | null;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}

export type UnsoldReason =
  'no_bids' | 'reserve_not_met' | 'nobody_paid' | 'refunded' | 'ended_by_house' | 'never_opened';

/** Auctions that belong together, with conditions for bidders and staggered ends. */
@Entity('sale')
export class Sale {
  @PrimaryGeneratedColumn('uuid') id!: string;
  @Column('text') title!: string;
  @Column('boolean') approvalRequired!: boolean;
  @Column({ type: 'bigint', nullable: true }) depositMinor!: number | null;
  @Column('int') staggerSeconds!: number;
  @Column('timestamptz') firstClosesAt!: Date;
  /** Whose drafts may be put into it. */
  @Column({ type: 'jsonb', default: 'operators' }) usableBy!: UsableBy;
  @Column({ type: 'timestamptz', insert: false }) createdAt!: Date;
}
