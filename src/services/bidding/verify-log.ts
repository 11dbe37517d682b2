import type { Auction, BidEntry } from '../../database/entities/index.ts';
import { standingAfter, type LogEntry } from '../../domain/bidding/bid-log.ts';
import { placeBid, type BiddingTerms, type Standing } from '../../domain/bidding/bidding.ts';
import { bidHash } from './bid-hash.ts';
import { logEntry } from './bid-log.ts';

export interface LogFault {
  readonly auctionId: string;
  /** Undefined when the auction as a whole is wrong. */
  readonly sequence?: number;
  readonly fault: string;
}

/** Recomputes an auction's log from nothing: sequence, hashes, prices, leaders, and where it stands. */
export function verifyLog(
  auction: Pick<
    Auction,
    | 'id'
    | 'lastSequence'
    | 'lastHash'
    | 'priceMinor'
    | 'leaderId'
    | 'leaderMaximumMinor'
    | 'runnerUpMaximumMinor'
  >,
  terms: BiddingTerms,
  rows: readonly BidEntry[],
): LogFault[] {
  const faults: LogFault[] = [];
  const log: LogEntry[] = [];
  let standing = standingAfter(terms, []);
  let hash: string | null = null;
  for (const [i, row] of rows.entries()) {
    const found = (fault: string) =>
      faults.push({ auctionId: auction.id, sequence: row.sequence, fault });
    if (row.sequence !== i + 1) found(`the sequence has a gap: ${i + 1} is missing`);
    const entry = logEntry(row);
    log.push(entry);
    const next = nextStanding(terms, standing, log);
    if (!next) found('the rules would have refused this bid');
    standing = next ?? standing;
    if (row.priceMinor !== standing.price || row.leaderId !== standing.leader) {
      found(
        `price and leader are ${row.priceMinor} ${row.leaderId}, ` +
          `by the rules ${standing.price} ${standing.leader}`,
      );
    }
    hash = bidHash(hash, {
      ...row,
      placedAtMs: row.placedAt.getTime(),
      closesAtMs: row.closesAt.getTime(),
    });
    if (row.hash !== hash) {
      found('the hash does not fit its content and the entry before');
      hash = row.hash; // So that one change is one fault, not one for every entry after it.
    }
  }
  if (!standsAt(auction, standing, rows.length, hash)) {
    faults.push({ auctionId: auction.id, fault: 'the auction does not stand where its log ends' });
  }
  return faults;
}

/** A bid by the rules, one step on; a retraction or a purchase from the whole log. */
function nextStanding(
  terms: BiddingTerms,
  standing: Standing,
  log: readonly LogEntry[],
): Standing | undefined {
  const entry = log.at(-1)!;
  if (entry.kind !== 'bid') return standingAfter(terms, log);
  const outcome = placeBid(terms, standing, entry);
  return outcome.accepted ? outcome.standing : undefined;
}

function standsAt(
  auction: Parameters<typeof verifyLog>[0],
  standing: Standing,
  entries: number,
  hash: string | null,
): boolean {
  return (
    auction.lastSequence === entries &&
    auction.priceMinor === standing.price &&
    auction.leaderId === standing.leader &&
    auction.leaderMaximumMinor === standing.leaderMaximum &&
    auction.runnerUpMaximumMinor === standing.runnerUpMaximum &&
    auction.lastHash === hash
  );
}
