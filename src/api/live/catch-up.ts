import type { Version } from '../../services/live/read-auctions.ts';
import type { LiveEntry, LogRange } from '../../services/live/read-entries.ts';
import type { WatchedAuction } from './watched-auction.ts';

/** Past so many missed entries a stream begins with the newest state; the log itself can be read. */
const MOST_MISSED_ENTRIES = 200;

/** How far a returning client is behind, as far as it makes sense, and what it will be told of it. */
export interface CatchUp {
  readonly since: readonly (Version | undefined)[];
  readonly entriesAfter: ReadonlyMap<WatchedAuction, number>;
}

/** A client cannot be ahead: such an id is of other auctions, or of a database since restored. */
export function planCatchUp(
  auctions: readonly WatchedAuction[],
  given: readonly (Version | undefined)[],
): CatchUp {
  const since = auctions.map(({ version }, i) => {
    const before = given[i];
    return before && before.sequence <= version.sequence && before.changes <= version.changes
      ? before
      : undefined;
  });
  const entriesAfter = new Map<WatchedAuction, number>();
  let room = MOST_MISSED_ENTRIES;
  auctions.forEach((auction, i) => {
    const before = since[i];
    const missed = before ? auction.version.sequence - before.sequence : 0;
    if (!before || missed === 0 || missed > room) return;
    room -= missed;
    entriesAfter.set(auction, before.sequence);
  });
  return { since, entriesAfter };
}

/** One range per auction that has all that these plans need: a crowd that returns reads once. */
export function rangesFor(plans: readonly CatchUp[]): LogRange[] {
  const ranges = new Map<string, LogRange>();
  for (const { entriesAfter } of plans) {
    for (const [auction, after] of entriesAfter) {
      const earlier = ranges.get(auction.id)?.after ?? after;
      const upTo = auction.version.sequence;
      ranges.set(auction.id, { auctionId: auction.id, after: Math.min(after, earlier), upTo });
    }
  }
  return [...ranges.values()];
}

/** The part of what was read that this plan asked for. */
export function missedBy(
  { entriesAfter }: CatchUp,
  read: ReadonlyMap<string, readonly LiveEntry[]>,
): ReadonlyMap<WatchedAuction, readonly LiveEntry[]> {
  return new Map(
    [...entriesAfter].map(([auction, after]) => [
      auction,
      (read.get(auction.id) ?? []).filter(({ sequence }) => sequence > after),
    ]),
  );
}
