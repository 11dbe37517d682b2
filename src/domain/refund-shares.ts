/** Who gives how much of a refund back, in minor units; together they are the refund. */
export interface RefundShares {
  readonly sellerMinor: number;
  readonly houseMinor: number;
  readonly premiumTaxMinor: number;
}

interface Payment {
  readonly amountMinor: number;
  /** Premium, commission and tax. */
  readonly platformFeeMinor: number;
  readonly premiumTaxMinor: number;
}

/**
 * Shares a refund as PayPal does: the platform's fee goes back in step with what is refunded in all,
 * rounded down, and the seller gives the rest. Within the platform's part the tax goes back in the same
 * way. A refund takes the difference between two such totals, so that however a payment is refunded in
 * parts, no part is negative and the parts add up to the whole of each share.
 */
export function refundShares(
  payment: Payment,
  { refundMinor, refundedBeforeMinor }: { refundMinor: number; refundedBeforeMinor: number },
): RefundShares {
  const before = platformPart(payment, refundedBeforeMinor);
  const after = platformPart(payment, refundedBeforeMinor + refundMinor);
  const premiumTaxMinor = after.premiumTaxMinor - before.premiumTaxMinor;
  const platformMinor = after.minor - before.minor;
  return {
    sellerMinor: refundMinor - platformMinor,
    houseMinor: platformMinor - premiumTaxMinor,
    premiumTaxMinor,
  };
}

/** The platform's part of so much refunded, and the tax in it. */
function platformPart(payment: Payment, refundedMinor: number) {
  const { amountMinor, platformFeeMinor } = payment;
  const minor = portion(platformFeeMinor, refundedMinor, amountMinor);
  return { minor, premiumTaxMinor: portion(payment.premiumTaxMinor, minor, platformFeeMinor) };
}

/** `share * part / whole`, rounded down; nothing of nothing. */
const portion = (share: number, part: number, whole: number): number =>
  whole === 0 ? 0 : Number((BigInt(share) * BigInt(part)) / BigInt(whole));
