/** What a movement of money beside a dispute means here. */
export type Meaning =
  /** The disputed money itself: it is part of what is lost, or comes back. */
  | 'settlement'
  /** PayPal's charge for the dispute, or that charge given back. */
  | 'fee'
  /** Between others: the buyer, whose money is no account of ours. */
  | 'notOurs'
  /** Nothing that we know: people look, and nothing is guessed. */
  | 'unclear';

/** https://developer.paypal.com/docs/api/customer-disputes/v1/#definition-money_movement_reason */
const FEES = new Set(['DISPUTE_FEE', 'CHARGEBACK_FEE', 'DISPUTE_SETTLEMENT_FEE']);

export function meaningOf(moved: {
  readonly reason?: string;
  readonly affectedParty?: string;
  readonly type?: string;
}): Meaning {
  const { reason, affectedParty, type } = moved;
  if (affectedParty === 'BUYER') return 'notOurs';
  // PayPal need not give a reason, and then it is about what the dispute is about.
  if (reason === undefined || reason === 'DISPUTE_SETTLEMENT') return 'settlement';
  const isKnown =
    FEES.has(reason) &&
    (affectedParty === 'SELLER' || affectedParty === 'PAYMENT_PROCESSOR') &&
    (type === 'DEBIT' || type === 'CREDIT');
  return isKnown ? 'fee' : 'unclear';
}
