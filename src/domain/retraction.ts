import type { LogEntry } from './bid-log.ts';
import { survivingBids } from './bid-log.ts';
import { durationMs } from './duration.ts';
import type { Policy } from './policy.ts';

/**
 * From which entry of the log on a bidder's bids may be taken back now; undefined for none. As on
 * eBay: long before the end all of them, afterwards only the last one and only soon after it.
 */
export function retractableFrom(asked: {
  bids: readonly (LogEntry & { placedAtMs: number })[];
  bidder: string;
  rule: Policy['retraction'] | 'anything';
  nowMs: number;
  closesAtMs: number;
}): number | undefined {
  const { rule, nowMs, closesAtMs } = asked;
  const own = survivingBids(asked.bids).filter(({ bidder }) => bidder === asked.bidder);
  const last = own.at(-1);
  if (!last || rule === null) return undefined;
  if (rule === 'anything') return own[0]!.sequence;
  if (closesAtMs - nowMs > durationMs(rule.freelyUntil)) return own[0]!.sequence;

  const placed = asked.bids.find(({ sequence }) => sequence === last.sequence)!;
  const soonEnough = nowMs - placed.placedAtMs <= durationMs(rule.lastBidWithin);
  return soonEnough ? last.sequence : undefined;
}
