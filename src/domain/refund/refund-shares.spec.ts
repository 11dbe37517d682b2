import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LARGEST_AMOUNT_MINOR } from '../common/money.ts';
import { refundShares } from './refund-shares.ts';

describe('a refund', () => {
  it('is shared in proportion, and what cannot be divided falls to the seller', () => {
    const payment = { amountMinor: 117_850, platformFeeMinor: 27_850, premiumTaxMinor: 2_850 };
    expect(refundShares(payment, { refundMinor: 10_000, refundedBeforeMinor: 0 })).toEqual({
      sellerMinor: 7_637,
      houseMinor: 2_122,
      premiumTaxMinor: 241,
      recoveryMinor: 0,
    });
  });

  it('gives back what was recovered from the sale in step with the rest of the platform fee', () => {
    const payment = { amountMinor: 46_000, platformFeeMinor: 10_000, premiumTaxMinor: 0 };
    const recovered = { ...payment, recoveryMinor: 13_000 };
    expect(refundShares(recovered, { refundMinor: 23_000, refundedBeforeMinor: 0 })).toEqual({
      sellerMinor: 11_500,
      houseMinor: 5_000,
      premiumTaxMinor: 0,
      recoveryMinor: 6_500,
    });
  });

  it('in any number of parts comes to each share whole, and no part takes from anyone', () => {
    fc.assert(
      fc.property(payments(), cuts(), (payment, cuts) => {
        const given = { sellerMinor: 0, houseMinor: 0, premiumTaxMinor: 0, recoveryMinor: 0 };
        let refundedBeforeMinor = 0;
        for (const upTo of [...cuts, 1]) {
          const refundMinor = Math.floor(payment.amountMinor * upTo) - refundedBeforeMinor;
          const shares = refundShares(payment, { refundMinor, refundedBeforeMinor });
          for (const name of Object.keys(given) as (keyof typeof given)[]) {
            expect(shares[name]).toBeGreaterThanOrEqual(0);
            given[name] += shares[name];
          }
          refundedBeforeMinor += refundMinor;
          expect(Object.values(given).reduce((sum, minor) => sum + minor)).toBe(
            refundedBeforeMinor,
          );
        }
        const { amountMinor, platformFeeMinor, premiumTaxMinor, recoveryMinor } = payment;
        expect(given).toEqual({
          sellerMinor: amountMinor - platformFeeMinor - recoveryMinor,
          houseMinor: platformFeeMinor - premiumTaxMinor,
          premiumTaxMinor,
          recoveryMinor,
        });
      }),
    );
  });
});

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const cuts = () => fc.array(fraction, { maxLength: 6 }).map((all) => all.sort((a, b) => a - b));
const payments = () =>
  fc
    .tuple(fc.integer({ min: 1, max: 2 * LARGEST_AMOUNT_MINOR }), fraction, fraction, fraction)
    .map(([amountMinor, platform, tax, recovery]) => {
      const platformFeeMinor = Math.floor(amountMinor * platform);
      return {
        amountMinor,
        platformFeeMinor,
        premiumTaxMinor: Math.floor(platformFeeMinor * tax),
        recoveryMinor: Math.floor((amountMinor - platformFeeMinor) * recovery),
      };
    });
