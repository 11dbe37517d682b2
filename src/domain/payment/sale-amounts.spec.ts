import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Band } from './fees.ts';
import { CURRENCIES, fromDecimal, LARGEST_AMOUNT_MINOR, toDecimal } from '../common/money.ts';
import { STANDARD_POLICIES } from '../policy/policy.ts';
import { saleAmounts } from './sale-amounts.ts';

const STANDARD = STANDARD_POLICIES.standard!;

describe('the amounts of a sale', () => {
  it('are the hammer price, the premium on top and the commission within', () => {
    expect(saleAmounts(100_000, STANDARD, null)).toEqual({
      hammerPriceMinor: 100_000,
      buyersPremiumMinor: 15_000,
      premiumTaxMinor: 0,
      premiumTaxRegion: null,
      sellersCommissionMinor: 10_000,
      totalMinor: 115_000,
      platformFeeMinor: 25_000,
    });
  });

  it('have a least commission, which is never more than the hammer price', () => {
    const policy = { ...STANDARD, sellersCommissionMinimumMinor: 5_000 };
    const commission = (hammer: number) => saleAmounts(hammer, policy, null).sellersCommissionMinor;
    expect(commission(100_000)).toBe(10_000);
    expect(commission(20_000)).toBe(5_000);
    expect(commission(3_000)).toBe(3_000);
  });

  it('have the tax of the buyer’s region on top, which goes through the house', () => {
    const policy = { ...STANDARD, premiumTax: { shares: { DE: 1_900 }, defaultRegion: 'DE' } };
    expect(saleAmounts(100_000, policy, 'DE')).toMatchObject({
      buyersPremiumMinor: 15_000,
      premiumTaxMinor: 2_850,
      premiumTaxRegion: 'DE',
      totalMinor: 117_850,
      platformFeeMinor: 27_850,
    });
  });

  it('add up: what the buyer pays is what house, tax and seller get, in every currency', () => {
    fc.assert(
      fc.property(price, fees(), fc.constantFrom(...CURRENCIES), (hammerPrice, fees, currency) => {
        const sale = saleAmounts(hammerPrice, { ...STANDARD, ...fees }, 'US');
        const forSeller = sale.hammerPriceMinor - sale.sellersCommissionMinor;
        expect(forSeller).toBeGreaterThanOrEqual(0);
        const { premiumTaxRegion, ...amounts } = sale;
        expect(premiumTaxRegion).toBe('US');
        expect(Object.values(amounts).every(Number.isSafeInteger)).toBe(true);
        expect(sale.totalMinor).toBe(sale.platformFeeMinor + forSeller);
        expect(sale.platformFeeMinor).toBe(
          sale.buyersPremiumMinor + sale.sellersCommissionMinor + sale.premiumTaxMinor,
        );
        // To the cent as PayPal and the ERP get them: as decimals of the currency.
        const written = [sale.platformFeeMinor, forSeller].map((part) => toDecimal(part, currency));
        const sum = written.reduce((so, part) => so + fromDecimal(part, currency), 0);
        expect(toDecimal(sum, currency)).toBe(toDecimal(sale.totalMinor, currency));
      }),
    );
  });
});

const price = fc.integer({ min: 1, max: LARGEST_AMOUNT_MINOR });
const share = fc.integer({ min: 0, max: 5_000 });
const fee: fc.Arbitrary<number | Band[]> = fc.oneof(
  share,
  fc.tuple(share, share, price).map(([below, above, from]) => [
    { from: 0, share: below },
    { from, share: above },
  ]),
);
const fees = () =>
  fc.record({
    buyersPremium: fee,
    sellersCommission: fee,
    sellersCommissionMinimumMinor: fc.oneof(fc.constant(0), price),
    premiumTax: fc
      .integer({ min: 0, max: 500_000 })
      .map((hundredths) => ({ shares: { US: hundredths / 100 }, defaultRegion: 'US' })),
  });
