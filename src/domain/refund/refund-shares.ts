/** Who gives how much of a refund back, in minor units; together they are the refund. */
export interface RefundShares {
  readonly sellerMinor: number;
  readonly houseMinor: number;
  readonly premiumTaxMinor: number;
  /** Of what the house had recovered of the seller's debt: the seller owes it again. */
  readonly recoveryMinor: number;
}

interface Payment {
  readonly amountMinor: number;
  /** Premium, commission and tax. */
  readonly platformFeeMinor: number;
  readonly premiumTaxMinor: number;
  /** By how much PayPal's platform fee was raised for what the seller owes; none when left out. */
  readonly recoveryMinor?: number;
}

/**
 * Shares a refund as PayPal does: the platform's fee goes back in step with what is refunded in all,
 * rounded down, and the seller gives the rest. Within the platform's part what was recovered of the
 * seller's debt goes back in the same way, and within the rest of it the tax. A refund takes the difference between two such totals, so that however a payment is refunded in
 * parts, no part is negative and the parts add up to the whole of each share.
 */
export function refundShares(
  payment: Payment,
  { refundMinor, refundedBeforeMinor }: { refundMinor: number; refundedBeforeMinor: number },
): RefundShares {
  const before = platformPart(payment, refundedBeforeMinor);
  const after = platformPart(payment, refundedBeforeMinor + refundMinor);
  const premiumTaxMinor = after.premiumTaxMinor - before.premiumTaxMinor;
  const recoveryMinor = after.recoveryMinor - before.recoveryMinor;
  const platformMinor = after.minor - before.minor;
  return {
    sellerMinor: refundMinor - platformMinor,
    houseMinor: platformMinor - premiumTaxMinor - recoveryMinor,
    premiumTaxMinor,
    recoveryMinor,
  };
}

/** The platform's part of so much refunded, and what of it was recovered, and is tax. */
function platformPart(payment: Payment, refundedMinor: number) {
  const { amountMinor, platformFeeMinor, premiumTaxMinor, recoveryMinor: raisedBy = 0 } = payment;
  const wholeFeeMinor = platformFeeMinor + raisedBy;
  const minor = portion(wholeFeeMinor, refundedMinor, amountMinor);
  const recoveryMinor = portion(raisedBy, minor, wholeFeeMinor);
  const feeMinor = minor - recoveryMinor;
  return {
    minor,
    recoveryMinor,
    premiumTaxMinor: portion(premiumTaxMinor, feeMinor, platformFeeMinor),
  };
}

/** `share * part / whole`, rounded down; nothing of nothing. */
const portion = (share: number, part: number, whole: number): number =>
  whole === 0 ? 0 : Number((BigInt(share) * BigInt(part)) / BigInt(whole));
