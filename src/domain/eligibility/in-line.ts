import { survivingBids, type LogEntry } from '../bidding/bid-log.ts';

/** Somebody who has bid, and at which price a second chance would be; minor units. */
export interface InLine {
  readonly bidderId: string;
  /** The highest bid; null when all have been retracted. */
  readonly priceMinor: number | null;
}

/**
 * Everyone who has bid, in the order in which a piece is offered: by the highest bid that stands, the
 * earlier of equal ones first. Whoever has retracted all is last, having no bid to buy at.
 */
export function lineOf(log: readonly LogEntry[]): InLine[] {
  const highest = new Map<string, { priceMinor: number; sequence: number }>();
  for (const { bidder, maximum: priceMinor, sequence } of survivingBids(log)) {
    if (priceMinor > (highest.get(bidder)?.priceMinor ?? 0)) {
      highest.set(bidder, { priceMinor, sequence });
    }
  }
  const standing = [...highest]
    .sort(([, a], [, b]) => b.priceMinor - a.priceMinor || a.sequence - b.sequence)
    .map(([bidderId, { priceMinor }]) => ({ bidderId, priceMinor }));
  const retracted = [...new Set(log.map(({ bidder }) => bidder))]
    .filter((bidderId) => !highest.has(bidderId))
    .map((bidderId) => ({ bidderId, priceMinor: null }));
  return [...standing, ...retracted];
}
