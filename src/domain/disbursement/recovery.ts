import { shareOf } from '../common/money.ts';

/**
 * PayPal says what its own fee is only at the capture, and takes it from what the platform fee leaves to
 * the seller. Assumed: no rate of PayPal's is higher than this; one of 3.49 % and 0.49 has been recorded.
 */
const KEPT_FOR_PAYPALS_FEE = { basisPoints: 1_000, minor: 500 };

/**
 * The most by which the platform fee of a sale can be raised for what its seller owes, in minor units: so
 * much that PayPal's fee is surely covered, and PayPal never has to pay out nothing.
 */
export const largestRecovery = ({
  amountMinor,
  platformFeeMinor,
}: {
  readonly amountMinor: number;
  readonly platformFeeMinor: number;
}): number => {
  const kept = shareOf(amountMinor, KEPT_FOR_PAYPALS_FEE.basisPoints) + KEPT_FOR_PAYPALS_FEE.minor;
  return Math.max(0, amountMinor - platformFeeMinor - kept);
};
