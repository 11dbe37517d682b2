import type { EntityManager } from 'typeorm';
import type { LogEntry } from '../../../domain/bidding/bid-log.ts';
import type { Standing } from '../../../domain/bidding/bidding.ts';
import type { Auction } from '../../../database/entities/index.ts';
import { bidHash } from '../bid-hash.ts';

export type Retraction = Extract<LogEntry, { kind: 'retraction' }>;

/** Appends it to the bid log, and makes it the last entry that the auction knows. */
export async function append(
  tx: EntityManager,
  auction: Auction,
  given: {
    entry: Retraction;
    standing: Standing;
    now: Date;
    key: string;
    enteredBy: string | null;
  },
): Promise<void> {
  const { entry, standing, now, key, enteredBy } = given;
  auction.lastSequence = entry.sequence;
  auction.lastHash = bidHash(auction.lastHash, {
    auctionId: auction.id,
    sequence: entry.sequence,
    kind: 'retraction',
    bidderId: entry.bidder,
    maximumMinor: null,
    retractsFrom: entry.retractsFrom,
    enteredBy,
    placedAtMs: now.getTime(),
    priceMinor: standing.price,
    leaderId: standing.leader,
    closesAtMs: auction.closesAt.getTime(),
  });
  await tx.query(
    `INSERT INTO bid (auction_id, sequence, kind, bidder_id, retracts_from, idempotency_key,
                      placed_at, price_minor, leader_id, closes_at, hash, entered_by)
     VALUES ($1, $2, 'retraction', $3, $4, $5, $6, $7, $8, $9, decode($10, 'hex'), $11)`,
    [
      auction.id,
      entry.sequence,
      entry.bidder,
      entry.retractsFrom,
      key,
      now,
      standing.price,
      standing.leader,
      auction.closesAt,
      auction.lastHash,
      enteredBy,
    ],
  );
}
