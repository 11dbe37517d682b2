import type { EntityManager } from 'typeorm';
import { minimumBid, type Standing } from '../../../domain/bidding/bidding.ts';
import { standingAfter, type LogEntry } from '../../../domain/bidding/bid-log.ts';
import { roomWithin, type Limit } from '../../../domain/eligibility/may-buy.ts';
import { biddingTerms, retractionsOf } from '../../../domain/policy/policy.ts';
import {
  allBidsOf,
  closingAfterRetraction,
  retractableFrom,
} from '../../../domain/bidding/retraction.ts';
import { ChangeRefused, lockSubject } from '../../../database/change-state.ts';
import { databaseNow } from '../../../database/clock.ts';
import { Auction, BidEntry } from '../../../database/entities/index.ts';
import { logEntry } from '../bid-log.ts';
import { lockLimits, moveCommitment } from '../limits.ts';
import { policyVersion } from '../lane/policy-cache.ts';
import { append, type Retraction } from './append.ts';
import { tellRetraction } from './tell.ts';

export interface RetractionRequest {
  readonly auctionId: string;
  readonly bidderId: string;
  readonly idempotencyKey: string;
  /** An operator may take back what the policy does not let the bidder take back. */
  readonly byOperator: boolean;
  /** The operator's id. */
  readonly enteredBy?: string;
}

/**
 * R9: takes a bidder's bids back and replays the rest; an entry of the bid log. Others get time to bid
 * for what they may have thought was beyond them. Throws ChangeRefused
 * when the auction is not open, there is nothing to take back, or the policy does not allow it.
 */
export async function retractBids(
  tx: EntityManager,
  request: RetractionRequest,
): Promise<{ auction: Auction; minimumBidMinor: number }> {
  const auction = await lockSubject(tx, 'auction', request.auctionId);
  const now = await databaseNow(tx);
  const refuse = (why: string) => new ChangeRefused('auction', auction.id, auction.state, why);
  if (auction.state !== 'open' || now >= auction.closesAt) {
    throw refuse('Bids can be retracted while the auction is open.');
  }
  const rows = await tx.find(BidEntry, {
    where: { auctionId: auction.id },
    order: { sequence: 'ASC' },
  });
  const policy = await policyVersion(tx, auction.policyName, auction.policyVersion);
  const log = rows.map((row) => ({ ...logEntry(row), placedAtMs: row.placedAt.getTime() }));
  const [nowMs, closesAtMs] = [now.getTime(), auction.closesAt.getTime()];
  const times = retractionsOf(policy, closesAtMs - auction.opensAt.getTime());
  const { bidderId: bidder, byOperator } = request;
  const retractsFrom = byOperator
    ? allBidsOf(log, bidder)
    : retractableFrom({ log, bidder, times: times.forBidders, nowMs, closesAtMs });
  if (retractsFrom === undefined) {
    throw refuse(`${bidder} has no bid here that may be retracted now${byOperator ? '' : BUT}.`);
  }
  auction.closesAt = new Date(closingAfterRetraction(closesAtMs, nowMs, times.forOperators));

  const terms = biddingTerms(policy, {
    startPrice: auction.startPriceMinor,
    reserve: auction.reserveMinor,
  });
  const limits = await lockLimits(tx, auction, rows);
  let entries: readonly LogEntry[] = log;
  let standing: Standing;
  let next: Retraction | undefined = retractionOf(entries, bidder, retractsFrom);
  let enteredBy = byOperator ? (request.enteredBy ?? HOUSE) : null;
  let key = request.idempotencyKey;
  do {
    entries = [...entries, next];
    standing = standingAfter(terms, entries);
    await append(tx, auction, { entry: next, standing, now, key, enteredBy });
    key = `${request.idempotencyKey}:${next.sequence}`;
    enteredBy = HOUSE;
    next = beyondLimit(auction, standing, limits)
      ? retractionOf(entries, standing.leader!, 1)
      : undefined;
  } while (next);

  await moveCommitment(tx, auction, standing);
  const changes = {
    priceMinor: standing.price,
    leaderId: standing.leader,
    leaderMaximumMinor: standing.leaderMaximum,
    runnerUpMaximumMinor: standing.runnerUpMaximum,
    lastSequence: auction.lastSequence,
    lastHash: auction.lastHash,
    closesAt: auction.closesAt,
  };
  await tx.update(Auction, { id: auction.id }, changes);
  await tellRetraction(tx, auction, {
    losers: entries
      .slice(rows.length)
      .map((entry) => entry.bidder)
      .filter((loser) => byOperator || loser !== bidder),
    moved: auction.closesAt.getTime() !== closesAtMs,
  });
  return {
    auction: Object.assign(auction, changes),
    minimumBidMinor: minimumBid(terms, standing),
  };
}

/** Who takes back what no bidder has asked for, and no operator by name. */
const HOUSE = 'house';
const BUT = ': ask an operator, who may take it back while the auction is open';

const retractionOf = (
  log: readonly LogEntry[],
  bidder: string,
  retractsFrom: number,
): Retraction => ({
  kind: 'retraction',
  sequence: (log.at(-1)?.sequence ?? 0) + 1,
  bidder,
  retractsFrom,
});

/**
 * A retraction may make somebody lead again whose limit has been used elsewhere since. The limit
 * stands: that bidder's bids go, too.
 */
function beyondLimit(
  auction: Auction,
  { leader, leaderMaximum }: Standing,
  limits: ReadonlyMap<string, Limit>,
): boolean {
  const limit = limits.get(leader ?? '');
  if (!limit) return false;
  const here = auction.leaderId === leader ? auction.leaderMaximumMinor! : 0;
  return leaderMaximum! > roomWithin(limit, here);
}
