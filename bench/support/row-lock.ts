import type pg from 'pg';
import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';
import {
  minimumBid,
  placeBid,
  reserveMet,
  type BiddingTerms,
} from '../../src/domain/bidding/bidding.ts';
import { fresh, INCREMENT, START_PRICE } from './auctions.ts';
import { bidderId, nextKey, type Bids } from './bids.ts';

/** What a bid writes in Gavel, in tables of its own with the same columns and indexes. */
const ROW_LOCK = `
CREATE SCHEMA row_lock;
CREATE TABLE row_lock.auction (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  state text NOT NULL,
  start_price_minor bigint NOT NULL,
  price_minor bigint NOT NULL,
  leader_id text,
  leader_maximum_minor bigint,
  runner_up_maximum_minor bigint,
  closes_at timestamptz NOT NULL,
  extensions integer NOT NULL DEFAULT 0,
  last_sequence integer NOT NULL DEFAULT 0
) WITH (fillfactor = 60);
CREATE TABLE row_lock.bid (
  auction_id uuid NOT NULL REFERENCES row_lock.auction,
  sequence integer NOT NULL,
  kind text NOT NULL,
  bidder_id text NOT NULL,
  maximum_minor bigint NOT NULL,
  idempotency_key text NOT NULL,
  placed_at timestamptz NOT NULL,
  price_minor bigint NOT NULL,
  leader_id text,
  closes_at timestamptz NOT NULL,
  answer jsonb NOT NULL,
  PRIMARY KEY (auction_id, sequence),
  UNIQUE (bidder_id, idempotency_key)
);
`;

export const createRowLock = (pool: pg.Pool) => pool.query(ROW_LOCK);

export const freshRowLockAuctions = (pool: pg.Pool, count: number): Promise<string[]> =>
  fresh(pool, ['TRUNCATE row_lock.auction, row_lock.bid'], {
    text: `INSERT INTO row_lock.auction (state, start_price_minor, price_minor, closes_at)
           SELECT 'open', $1, $1, now() + interval '1 day' FROM generate_series(1, $2)
           RETURNING id`,
    values: [START_PRICE, count],
  });

@Entity({ schema: 'row_lock', name: 'auction' })
class RowLockAuction {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') state!: string;
  @Column('bigint', { name: 'start_price_minor' }) startPriceMinor!: number;
  @Column('bigint', { name: 'price_minor' }) priceMinor!: number;
  @Column('text', { name: 'leader_id', nullable: true }) leaderId!: string | null;
  @Column('bigint', { name: 'leader_maximum_minor', nullable: true }) leaderMaximumMinor!:
    number | null;
  @Column('bigint', { name: 'runner_up_maximum_minor', nullable: true }) runnerUpMaximumMinor!:
    number | null;
  @Column('timestamptz', { name: 'closes_at' }) closesAt!: Date;
  @Column('int') extensions!: number;
  @Column('int', { name: 'last_sequence' }) lastSequence!: number;
}

@Entity({ schema: 'row_lock', name: 'bid' })
class RowLockBid {
  @PrimaryColumn('uuid', { name: 'auction_id' }) auctionId!: string;
  @PrimaryColumn('int') sequence!: number;
  @Column('text') kind!: string;
  @Column('text', { name: 'bidder_id' }) bidderId!: string;
  @Column('bigint', { name: 'maximum_minor' }) maximumMinor!: number;
  @Column('text', { name: 'idempotency_key' }) idempotencyKey!: string;
  @Column('timestamptz', { name: 'placed_at' }) placedAt!: Date;
  @Column('bigint', { name: 'price_minor' }) priceMinor!: number;
  @Column('text', { name: 'leader_id', nullable: true }) leaderId!: string | null;
  @Column('timestamptz', { name: 'closes_at' }) closesAt!: Date;
  @Column('jsonb') answer!: object;
}

export const rowLockDatabase = (url: string, poolSize: number): DataSource =>
  new DataSource({ type: 'postgres', url, poolSize, entities: [RowLockAuction, RowLockBid] });

/**
 * A bid as it is usually written: lock the row, judge, insert, update. Its maximum is drawn under the
 * lock, so that it never comes too late; TypeORM has no refusal to pay for.
 */
export function placeByRowLock(database: DataSource, bids: Bids, caller: number): Promise<boolean> {
  return database.transaction(async (tx) => {
    const auction = await tx.findOneOrFail(RowLockAuction, {
      where: { id: bids.anyAuction() },
      lock: { mode: 'pessimistic_write' },
    });
    const now = new Date();
    if (auction.state !== 'open' || now >= auction.closesAt) return false;

    const terms = termsOf(auction);
    const bid = { bidder: bidderId(caller), maximum: bids.nextMaximum(auction.id) };
    const outcome = placeBid(terms, standingOf(auction), bid);
    if (!outcome.accepted) return false;
    const { standing } = outcome;
    const sequence = auction.lastSequence + 1;
    await tx.insert(RowLockBid, {
      auctionId: auction.id,
      sequence,
      kind: 'bid',
      bidderId: bid.bidder,
      maximumMinor: bid.maximum,
      idempotencyKey: nextKey(),
      placedAt: now,
      priceMinor: standing.price,
      leaderId: standing.leader,
      closesAt: auction.closesAt,
      answer: {
        accepted: true,
        sequence,
        priceMinor: standing.price,
        leading: standing.leader === bid.bidder,
        minimumBidMinor: minimumBid(terms, standing),
        reserveMet: reserveMet(terms, standing),
        closesAt: auction.closesAt.toISOString(),
        placedAt: now.toISOString(),
      },
    });
    await tx.update(RowLockAuction, auction.id, {
      priceMinor: standing.price,
      leaderId: standing.leader,
      leaderMaximumMinor: standing.leaderMaximum,
      runnerUpMaximumMinor: standing.runnerUpMaximum,
      closesAt: auction.closesAt,
      extensions: auction.extensions,
      lastSequence: sequence,
    });
    return true;
  });
}

const termsOf = (auction: RowLockAuction): BiddingTerms => ({
  startPrice: auction.startPriceMinor,
  reserve: null,
  increments: [{ from: 0, increment: INCREMENT }],
  ownRaise: 'keepsPrice',
  belowReserve: 'ordinary',
});

const standingOf = (auction: RowLockAuction) => ({
  price: auction.priceMinor,
  leader: auction.leaderId,
  leaderMaximum: auction.leaderMaximumMinor,
  runnerUpMaximum: auction.runnerUpMaximumMinor,
});
