import { feeOf } from './fees.ts';
import type { Policy } from './policy.ts';

/** What a sale comes to, in minor units. The house's part is premium plus commission. */
export interface SaleAmounts {
  readonly hammerPriceMinor: number;
  readonly buyersPremiumMinor: number;
  readonly sellersCommissionMinor: number;
  /** What the buyer pays: hammer price and premium. */
  readonly totalMinor: number;
  /** What the house keeps: premium and commission; PayPal calls it the platform fee. */
  readonly platformFeeMinor: number;
}

export function saleAmounts(hammerPriceMinor: number, policy: Policy): SaleAmounts {
  const buyersPremiumMinor = feeOf(hammerPriceMinor, policy.buyersPremium);
  const sellersCommissionMinor = Math.min(
    hammerPriceMinor,
    Math.max(
      feeOf(hammerPriceMinor, policy.sellersCommission),
      policy.sellersCommissionMinimumMinor,
    ),
  );
  return {
    hammerPriceMinor,
    buyersPremiumMinor,
    sellersCommissionMinor,
    totalMinor: hammerPriceMinor + buyersPremiumMinor,
    platformFeeMinor: buyersPremiumMinor + sellersCommissionMinor,
  };
}
