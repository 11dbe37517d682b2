import type { EntityManager } from 'typeorm';
import type { LogEntry } from '../../domain/bidding/bid-log.ts';
import { BidEntry } from '../../database/entities/index.ts';

/** The bid log of an auction, in order. */
export async function bidLog(tx: EntityManager, auctionId: string): Promise<LogEntry[]> {
  const rows = await tx.find(BidEntry, { where: { auctionId }, order: { sequence: 'ASC' } });
  return rows.map(logEntry);
}

export function logEntry(row: BidEntry): LogEntry {
  const { sequence, kind, bidderId: bidder } = row;
  return kind === 'retraction'
    ? { kind, sequence, bidder, retractsFrom: row.retractsFrom! }
    : { kind, sequence, bidder, maximum: row.maximumMinor! };
}
