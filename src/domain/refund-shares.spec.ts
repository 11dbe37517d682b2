import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LARGEST_AMOUNT_MINOR } from './money.ts';
import { refundShares } from './refund-shares.ts';

describe('a refund', () => {
  it('is shared in proportion, and what cannot be divided falls to the seller', () => {
    const payment = { amountMinor: 117_850, platformFeeMinor: 27_850, premiumTaxMinor: 2_850 };
    expect(refundShares(payment, { refundMinor: 10_000, refundedBeforeMinor: 0 })).toEqual({
      sellerMinor: 7_637,
      houseMinor: 2_122,
      premiumTaxMinor: 241,
    });
  });

  it('in any number of parts comes to each share whole, and no part takes from anyone', () => {
    fc.assert(
      fc.property(payments(), cuts(), (payment, cuts) => {
        const given = { sellerMinor: 0, houseMinor: 0, premiumTaxMinor: 0 };
        let refundedBeforeMinor = 0;
        for (const upTo of [...cuts, 1]) {
          const refundMinor = Math.floor(payment.amountMinor * upTo) - refundedBeforeMinor;
          const shares = refundShares(payment, { refundMinor, refundedBeforeMinor });
          for (const name of ['sellerMinor', 'houseMinor', 'premiumTaxMinor'] as const) {
            expect(shares[name]).toBeGreaterThanOrEqual(0);
            given[name] += shares[name];
          }
          refundedBeforeMinor += refundMinor;
          expect(given.sellerMinor + given.houseMinor + given.premiumTaxMinor).toBe(
            refundedBeforeMinor,
          );
        }
        const { amountMinor, platformFeeMinor, premiumTaxMinor } = payment;
        expect(given).toEqual({
          sellerMinor: amountMinor - platformFeeMinor,
          houseMinor: platformFeeMinor - premiumTaxMinor,
          premiumTaxMinor,
        });
      }),
    );
  });
});

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const cuts = () => fc.array(fraction, { maxLength: 6 }).map((all) => all.sort((a, b) => a - b));
const payments = () =>
  fc
    .tuple(fc.integer({ min: 1, max: 2 * LARGEST_AMOUNT_MINOR }), fraction, fraction)
    .map(([amountMinor, platform, tax]) => {
      const platformFeeMinor = Math.floor(amountMinor * platform);
      return {
        amountMinor,
        platformFeeMinor,
        premiumTaxMinor: Math.floor(platformFeeMinor * tax),
      };
    });
