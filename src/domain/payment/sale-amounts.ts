import { feeOf } from './fees.ts';
import { shareOf } from '../common/money.ts';
import type { Policy } from '../policy/policy.ts';
import { taxRegionOf } from './premium-tax.ts';

/**
 * What a sale comes to, in minor units. The shares add up: the buyer's total is what the platform fee
 * and the seller's part (hammer price less commission) come to.
 */
export interface SaleAmounts {
  readonly hammerPriceMinor: number;
  readonly buyersPremiumMinor: number;
  readonly premiumTaxMinor: number;
  /** By whose rate, and for whom, the tax is collected; null when the policy has none. */
  readonly premiumTaxRegion: string | null;
  readonly sellersCommissionMinor: number;
  /** What the buyer pays: hammer price, premium and tax. */
  readonly totalMinor: number;
  /**
   * Premium, commission and tax: PayPal's platform fee. The tax is in it because the house owes it; as
   * part of the seller's net it would be paid out to the seller.
   */
  readonly platformFeeMinor: number;
}

export function saleAmounts(
  hammerPriceMinor: number,
  policy: Policy,
  buyersRegion: string | null,
): SaleAmounts {
  const { premiumTax, sellersCommissionMinimumMinor } = policy;
  const buyersPremiumMinor = feeOf(hammerPriceMinor, policy.buyersPremium);
  const sellersCommissionMinor = Math.min(
    hammerPriceMinor,
    Math.max(feeOf(hammerPriceMinor, policy.sellersCommission), sellersCommissionMinimumMinor),
  );
  const premiumTaxRegion = premiumTax && taxRegionOf(premiumTax, buyersRegion);
  const premiumTaxMinor = premiumTaxRegion
    ? shareOf(buyersPremiumMinor, premiumTax.shares[premiumTaxRegion]!)
    : 0;
  return {
    hammerPriceMinor,
    buyersPremiumMinor,
    premiumTaxMinor,
    premiumTaxRegion,
    sellersCommissionMinor,
    totalMinor: hammerPriceMinor + buyersPremiumMinor + premiumTaxMinor,
    platformFeeMinor: buyersPremiumMinor + sellersCommissionMinor + premiumTaxMinor,
  };
}
