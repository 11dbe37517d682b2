import { expect, it } from 'vitest';
import type { Play } from './bidding.ts';
import { figuresOf, linesOf } from './figures.ts';
import type { Replayed } from './replay.ts';

const play = (priceMinor: number, more: Partial<Play> = {}): Play => ({
  auctionId: 'id',
  key: 'key',
  accepted: 1,
  rejected: 1,
  priceMinor,
  sells: true,
  ...more,
});

const replayed = (id: string, asBid: Play, more: Partial<Replayed> = {}): Replayed => ({
  recorded: {
    id,
    item: 'Watch',
    openingMinor: 100,
    closingMinor: 2_000,
    bids: [
      { bidder: 'ann', maximumMinor: 1_500 },
      { bidder: 'bob', maximumMinor: 2_500 },
    ],
  },
  asBid,
  settled: true,
  faults: [],
  ...more,
});

const exact = replayed('exact', play(2_000));
const lifted = replayed('lifted', play(1_600), { withReserve: play(2_000, { accepted: 2 }) });
const past = replayed('past', play(2_100), { withReserve: play(2_100) });
const unsold = play(2_000, { sells: false });

it('counts each auction once, by its first play', () => {
  expect(figuresOf([exact, lifted, past], 12.34)).toEqual({
    auctions: 3,
    bids: 6,
    accepted: 3,
    rejected: 3,
    closedAtRecordedPrice: 1,
    closedAtRecordedPriceWithReserve: 1,
    mismatches: [
      {
        auction: 'past',
        recorded: '20.00',
        got: '21.00',
        gotWithReserve: '21.00',
        why: 'the recorded bids go past the recorded price',
      },
    ],
    settled: 3,
    seconds: 12.3,
  });
});

it('takes a price that found no buyer for no closing price', () => {
  const figures = figuresOf([replayed('unsold', play(500), { withReserve: unsold })], 1);
  expect(figures).toMatchObject({ closedAtRecordedPriceWithReserve: 0, mismatches: [{}] });
});

it('does not count as settled what did not come to its end', () => {
  const stuck = replayed('stuck', play(2_000), { settled: false, faults: ['no answer'] });
  expect(figuresOf([exact, stuck], 1).settled).toBe(1);
});

it('tells the figures in sentences', () => {
  expect(linesOf(figuresOf([exact], 1))[2]).toBe('All did.');
  expect(linesOf(figuresOf([past], 1)).slice(2, 4)).toEqual([
    '1 did not:',
    expect.stringContaining('past: recorded 20.00, got 21.00'),
  ]);
});
