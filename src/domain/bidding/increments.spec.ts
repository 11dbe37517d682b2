import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { INCREMENT_TABLES, incrementAt } from './increments.ts';

const SHARED = new URL('../../../../shared/vectors/proxy-bids.json', import.meta.url);

describe('the increment at a price', () => {
  it.each([
    [0, 5],
    [99, 5],
    [100, 25],
    [499, 25],
    [500, 50],
    [24_999, 250],
    [25_000, 500],
    [500_000, 10_000],
    [90_000_000, 10_000],
  ])('%i is %i in eBay’s table', (price, increment) => {
    expect(incrementAt(price, INCREMENT_TABLES['ebay-us'])).toBe(increment);
  });

  it('is the same everywhere in a flat table', () => {
    expect(incrementAt(1, INCREMENT_TABLES['flat-500'])).toBe(500);
    expect(incrementAt(1_000_000, INCREMENT_TABLES['flat-500'])).toBe(500);
  });

  it('is refused for a table without steps', () => {
    expect(() => incrementAt(1, [])).toThrow(RangeError);
  });

  it.skipIf(!existsSync(SHARED))('follows the tables of the shared vectors', () => {
    const { incrementTables } = JSON.parse(readFileSync(SHARED, 'utf8')) as {
      incrementTables: unknown;
    };
    expect(INCREMENT_TABLES).toEqual(incrementTables);
  });
});
