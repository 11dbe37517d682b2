import { describe, expect, it } from 'vitest';
import { largestRecovery } from './recovery.ts';

describe('what a sale can bring in of a debt', () => {
  it('leaves a tenth of what the buyer pays, and 5.00, for PayPal’s fee', () => {
    expect(largestRecovery({ amountMinor: 46_000, platformFeeMinor: 10_000 })).toBe(30_900);
  });

  it('is nothing where the platform fee leaves no more than that', () => {
    expect(largestRecovery({ amountMinor: 600, platformFeeMinor: 130 })).toBe(0);
    expect(largestRecovery({ amountMinor: 10_000, platformFeeMinor: 9_900 })).toBe(0);
  });
});
