import { survivingBids, type LogEntry } from './bid-log.ts';
import type { RetractionTimes } from './retraction-times.ts';

interface Asked {
  readonly log: readonly (LogEntry & { placedAtMs: number })[];
  readonly bidder: string;
  /** Null where the policy lets bidders take nothing back. */
  readonly times: RetractionTimes | null;
  readonly nowMs: number;
  readonly closesAtMs: number;
}

/**
 * From which entry of the log on a bidder may take the own bids back now; undefined for none. As on eBay:
 * long before the end all of them, afterwards only the last one and only soon after it. And so that nobody
 * can keep others away with a bid that is never to be paid: that only once, and nothing in the last moments.
 */
export function retractableFrom({ log, bidder, times, nowMs, closesAtMs }: Asked) {
  const own = survivingBids(log).filter((bid) => bid.bidder === bidder);
  const last = own.at(-1);
  if (!last || times === null) return undefined;
  const leftMs = closesAtMs - nowMs;
  if (leftMs > times.freelyUntilMs) return own[0]!.sequence;

  const retractedBefore = log.some(
    (entry) => entry.kind === 'retraction' && entry.bidder === bidder,
  );
  if (retractedBefore || leftMs <= times.operatorsOnlyMs) return undefined;
  const placed = log.find(({ sequence }) => sequence === last.sequence)!;
  return nowMs - placed.placedAtMs <= times.lastBidWithinMs ? last.sequence : undefined;
}

/** An operator takes back all bids of a bidder, at any time. */
export const allBidsOf = (log: readonly LogEntry[], bidder: string): number | undefined =>
  survivingBids(log).find((bid) => bid.bidder === bidder)?.sequence;

/** Whoever may have been kept away by a bid that is gone has this long to bid, whoever took it back. */
export const closingAfterRetraction = (
  closesAtMs: number,
  nowMs: number,
  { leavesMs }: Pick<RetractionTimes, 'leavesMs'>,
): number => Math.max(closesAtMs, nowMs + leavesMs);
