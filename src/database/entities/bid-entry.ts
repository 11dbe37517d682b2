import { Column, Entity, PrimaryColumn } from 'typeorm';
import { HEX } from './hex.ts';

/** One line of an auction's bid log. Written by the bid lane in plain SQL, read here. */
@Entity('bid')
export class BidEntry {
  @PrimaryColumn('uuid') auctionId!: string;
  @PrimaryColumn('int') sequence!: number;
  @Column('text') kind!: 'bid' | 'buy_now' | 'retraction';
  @Column('text') bidderId!: string;
  @Column({ type: 'bigint', nullable: true }) maximumMinor!: number | null;
  /** A retraction removes the bidder's bids from this sequence on. */
  @Column({ type: 'int', nullable: true }) retractsFrom!: number | null;
  /** The operator who entered it for the bidder. */
  @Column({ type: 'text', nullable: true }) enteredBy!: string | null;
  @Column('timestamptz') placedAt!: Date;
  @Column('bigint') priceMinor!: number;
  @Column({ type: 'text', nullable: true }) leaderId!: string | null;
  @Column('timestamptz') closesAt!: Date;
  @Column({ type: 'bytea', transformer: HEX }) hash!: string;
}
