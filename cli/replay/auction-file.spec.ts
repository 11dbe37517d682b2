import { describe, expect, it } from 'vitest';
import { UsageError } from '../commands/fail.ts';
import { readAuctions } from './auction-file.ts';

const HEADER = 'auction_id,item,duration_days,opening_bid,placed_at_days,bidder,bid,closing_price';
const GOOD = 'a1,Watch,7,10.00,0.5,ann,12.50,12.00';

const read = (...lines: string[]) => readAuctions([HEADER, ...lines].join('\n'), 'file.csv');
const faultOf = (...lines: string[]): string => {
  try {
    read(...lines);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'no fault';
};

describe('a file of recorded auctions', () => {
  it('is read in cents, bids in their order, auctions by their first bids', () => {
    const rows = [
      GOOD,
      'b2,Vase,3,1,0.1,bob,2,2.0',
      'a1,Watch,7,10.00,0.6,"bob, the second",13,12',
    ];
    expect(read(...rows)).toEqual([
      {
        id: 'a1',
        item: 'Watch',
        openingMinor: 1_000,
        closingMinor: 1_200,
        bids: [
          { bidder: 'ann', maximumMinor: 1_250 },
          { bidder: 'bob, the second', maximumMinor: 1_300 },
        ],
      },
      expect.objectContaining({ id: 'b2', bids: [{ bidder: 'bob', maximumMinor: 200 }] }),
    ]);
  });

  it('is read by the times of the bids, whatever the order of its rows; equal times as they stand', () => {
    const rows = ['0.10,ann', '0.90,bob', '2.00,cleo', '10.0,dan', '10.0,eve'].map(
      (bid) => `a1,Watch,11,1.00,${bid},5.00,4.00`,
    );
    const biddersOf = (...order: number[]) =>
      read(...order.map((i) => rows[i]!))[0]!.bids.map(({ bidder }) => bidder);
    expect(biddersOf(3, 2, 4, 0, 1)).toEqual(['ann', 'bob', 'cleo', 'dan', 'eve']);
    expect(biddersOf(4, 3, 1, 0, 2)).toEqual(['ann', 'bob', 'cleo', 'eve', 'dan']);
  });

  it('takes the opening bid of the earliest bid, wherever its row is', () => {
    const later = 'a1,Watch,7,9.00,2.5,bob,12.75,12.00';
    expect(read(later, GOOD)[0]!.openingMinor).toBe(1_000);
  });

  it('may have a byte order mark, Windows line ends and an empty last line', () => {
    const text = `\ufeff${HEADER}\r\n${GOOD}\r\n\r\n`;
    expect(readAuctions(text, 'file.csv')).toHaveLength(1);
  });

  it('takes the first opening bid where a record disagrees with itself, and says so', () => {
    const warnings: string[] = [];
    const text = [HEADER, GOOD, GOOD.replace('10.00', '1.00')].join('\n');
    const [auction] = readAuctions(text, 'file.csv', (line) => warnings.push(line));
    expect(auction!.openingMinor).toBe(1_000);
    expect(warnings).toEqual([expect.stringMatching(/^file\.csv, line 3: opening_bid differs/)]);
  });

  it.each([
    ['a missing column', [GOOD, 'a1,Watch,7,10.00,0.5,ann,12.50'], /line 3: there are 7 columns/],
    ['no decimal amount', [GOOD.replace('12.50', '12,5')], /line 2: there are 9 columns/],
    ['a word for an amount', [GOOD.replace('12.50', 'much')], /line 2: bid must be an amount/],
    ['half a cent', [GOOD.replace('12.50', '12.505')], /line 2: "12.505" is not an amount/],
    ['zero', [GOOD.replace('12.50', '0.00')], /line 2: bid must be above 0/],
    ['a negative amount', [GOOD.replace('12.50', '-1')], /line 2: bid must be an amount/],
    ['far too much', [GOOD.replace('12.50', '999999999999')], /line 2: bid must be/],
    ['no bidder', [GOOD.replace('ann', '')], /line 2: bidder must be/],
    ['no time', [GOOD.replace('0.5', 'late')], /line 2: placed_at_days must be a number/],
    ['a time before the opening', [GOOD.replace('0.5', '-0.5')], /line 2: placed_at_days must be/],
    [
      'a time that is none',
      [GOOD.replace('0.5', 'NaN')],
      /line 2: placed_at_days must be a number/,
    ],
    ['a time without end', [GOOD.replace('0.5', 'Infinity')], /line 2: placed_at_days must be/],
    [
      'a time after the end',
      [GOOD, GOOD.replace('0.5', '7.01')],
      /line 3: placed_at_days must be at/,
    ],
    ['no duration', [GOOD.replace(',7,', ',0,')], /line 2: duration_days must be above 0/],
    ['two durations', [GOOD, GOOD.replace(',7,', ',3,')], /line 3: duration_days differs/],
    ['a row twice', [GOOD, 'b2,Vase,3,1,0.1,bob,2,2', GOOD], /line 4: this row is in the file/],
    ['two prices', [GOOD, GOOD.replace(',12.00', ',13.00')], /line 3: closing_price differs/],
    ['two items', [GOOD, GOOD.replace('Watch', 'Vase')], /line 3: item differs/],
    ['an open quote', [GOOD, '"a1,Watch'], /file\.csv is not CSV: .*line 3/],
    ['no bids', [], /file\.csv holds no bids/],
  ])('is refused for %s', (_, lines, fault) => {
    expect(faultOf(...lines)).toMatch(fault);
  });

  it.each(['', 'auction_id,item', `${HEADER},more`])('is refused for the header "%s"', (header) => {
    const reading = () => readAuctions(`${header}\n${GOOD}`, 'file.csv');
    expect(reading).toThrow(/line 1: the header must be auction_id,/);
  });
});
