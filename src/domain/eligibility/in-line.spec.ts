import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../bidding/bid-log.ts';
import { lineOf } from './in-line.ts';

const log = (...entries: (readonly [bidder: string, maximum: number | 'retracts'])[]): LogEntry[] =>
  entries.map(([bidder, maximum], i) =>
    maximum === 'retracts'
      ? { kind: 'retraction', sequence: i + 1, bidder, retractsFrom: i }
      : { kind: 'bid', sequence: i + 1, bidder, maximum },
  );

describe('the line of bidders', () => {
  it('is by the highest bid of each, the earlier of equal ones first', () => {
    const bids = log(['anna', 1_000], ['bruno', 2_000], ['carl', 2_000], ['anna', 3_000]);
    expect(lineOf(bids)).toEqual([
      { bidderId: 'anna', priceMinor: 3_000 },
      { bidderId: 'bruno', priceMinor: 2_000 },
      { bidderId: 'carl', priceMinor: 2_000 },
    ]);
  });

  it('has a bidder at what a retraction has left, and at its end whom it has left nothing', () => {
    const bids = log(
      ['bruno', 5_000],
      ['bruno', 'retracts'],
      ['anna', 1_000],
      ['carl', 2_000],
      ['anna', 9_000],
      ['anna', 'retracts'],
    );
    expect(lineOf(bids)).toEqual([
      { bidderId: 'carl', priceMinor: 2_000 },
      { bidderId: 'anna', priceMinor: 1_000 },
      { bidderId: 'bruno', priceMinor: null },
    ]);
  });
});
