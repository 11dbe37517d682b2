import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { feeOf, type Band } from './fees.ts';
import { LARGEST_AMOUNT_MINOR } from '../common/money.ts';

const BANDS = [
  { from: 0, share: 2_500 },
  { from: 100_000, share: 2_000 },
  { from: 1_000_000, share: 1_200 },
];

describe('a fee', () => {
  it.each([
    [0, 0],
    [99_999, 25_000], // 24999.75
    [100_000, 25_000],
    [100_001, 25_000], // 25000.20
    [300_000, 25_000 + 40_000],
    [2_000_000, 25_000 + 180_000 + 120_000],
  ])('in bands takes each share of its own part of the price: of %i', (price, expected) => {
    expect(feeOf(price, BANDS)).toBe(expected);
  });

  it('in bands is rounded once: parts of half a unit make a whole one', () => {
    const halves = [
      { from: 0, share: 5_000 },
      { from: 1, share: 5_000 },
    ];
    expect(feeOf(2, halves)).toBe(1);
  });

  it('does not depend on where a share is cut into bands', () => {
    fc.assert(
      fc.property(price, share, fc.uniqueArray(price), (hammer, basisPoints, cuts) => {
        const froms = [0, ...cuts.filter((cut) => cut > 0).sort((a, b) => a - b)];
        const bands = froms.map((from) => ({ from, share: basisPoints }));
        expect(feeOf(hammer, bands)).toBe(feeOf(hammer, basisPoints));
      }),
    );
  });

  it('never goes down when the price goes up, and never passes the price', () => {
    fc.assert(
      fc.property(price, price, bandsOfAnyHouse(), (one, other, bands) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        expect(feeOf(low, bands)).toBeLessThanOrEqual(feeOf(high, bands));
        expect(feeOf(high, bands)).toBeLessThanOrEqual(high);
      }),
    );
  });
});

const price = fc.integer({ min: 0, max: LARGEST_AMOUNT_MINOR });
const share = fc.integer({ min: 0, max: 5_000 });

function bandsOfAnyHouse(): fc.Arbitrary<Band[]> {
  return fc
    .uniqueArray(fc.record({ from: price, share }), {
      minLength: 1,
      maxLength: 20,
      selector: ({ from }) => from,
    })
    .map((bands) =>
      bands
        .sort((a, b) => a.from - b.from)
        .map((band, i) => (i === 0 ? { ...band, from: 0 } : band)),
    );
}
