import { describe, expect, it } from 'vitest';
import { taxRegionOf } from './premium-tax.ts';

const TAX = { shares: { DE: 1_900, US: 0, 'US-NY': 887.5 }, defaultRegion: 'DE' };

describe('the region by which a premium is taxed', () => {
  it.each([
    ['a country of the table', 'US', 'US'],
    ['a subdivision of the table', 'US-NY', 'US-NY'],
    ['a subdivision that the table does not name, as its country', 'US-CA', 'US'],
    ['a region that the table does not name, as the default', 'CA-QC', 'DE'],
    ['an unknown region, as the default', null, 'DE'],
  ])('is that of the buyer: %s', (_, buyersRegion, expected) => {
    expect(taxRegionOf(TAX, buyersRegion)).toBe(expected);
  });
});
