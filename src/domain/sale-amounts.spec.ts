import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LARGEST_AMOUNT_MINOR } from './money.ts';
import { STANDARD_POLICIES } from './policy.ts';
import { saleAmounts } from './sale-amounts.ts';

const STANDARD = STANDARD_POLICIES.standard!;

describe('the amounts of a sale', () => {
  it('are the hammer price, the premium on top and the commission within', () => {
    expect(saleAmounts(100_000, STANDARD)).toEqual({
      hammerPriceMinor: 100_000,
      buyersPremiumMinor: 15_000,
      sellersCommissionMinor: 10_000,
      totalMinor: 115_000,
      platformFeeMinor: 25_000,
    });
  });

  it('have a least commission, which is never more than the hammer price', () => {
    const policy = { ...STANDARD, sellersCommissionMinimumMinor: 5_000 };
    const commission = (hammer: number) => saleAmounts(hammer, policy).sellersCommissionMinor;
    expect(commission(100_000)).toBe(10_000);
    expect(commission(20_000)).toBe(5_000);
    expect(commission(3_000)).toBe(3_000);
  });

  it('add up: what the buyer pays is what the house keeps and what is left for the seller', () => {
    const share = fc.integer({ min: 0, max: 5_000 });
    const hammer = fc.integer({ min: 1, max: LARGEST_AMOUNT_MINOR });
    fc.assert(
      fc.property(hammer, share, share, (hammerPrice, buyersPremium, sellersCommission) => {
        const sale = saleAmounts(hammerPrice, { ...STANDARD, buyersPremium, sellersCommission });
        const forSeller = sale.hammerPriceMinor - sale.sellersCommissionMinor;
        expect(sale.totalMinor).toBe(sale.platformFeeMinor + forSeller);
        expect(forSeller).toBeGreaterThanOrEqual(0);
        expect(Object.values(sale).every(Number.isSafeInteger)).toBe(true);
      }),
    );
  });
});
