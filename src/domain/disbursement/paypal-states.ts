/** How money stands that PayPal is to pay out. unclaimed: it waits for the receiver, for up to 30 days. */
export type PayoutStanding = 'succeeded' | 'pending' | 'unclaimed' | 'failed';

/** What is done about a disbursement, or a refund that the house pays, by what PayPal says. */
export const PAYOUT_ACTS: Record<PayoutStanding, string> = {
  succeeded: 'record that the receiver has the money',
  pending: 'keep PayPal’s id, and ask again',
  unclaimed: 'the same; receiver and operators are told',
  failed: 'the disbursement or refund has failed, and says why',
};

/**
 * Items of PayPal's two payout APIs, and batches whose items PayPal does not list:
 * https://developer.paypal.com/api/payments.payouts-batch/v1/
 * https://developer.paypal.com/docs/api/referenced-payouts/v1/
 */
export const PAYOUT_STATUSES = {
  batch: {
    SUCCESS: 'succeeded',
    PENDING: 'pending',
    PROCESSING: 'pending',
    NEW: 'pending',
    ONHOLD: 'pending',
    UNCLAIMED: 'unclaimed',
    FAILED: 'failed',
    RETURNED: 'failed',
    BLOCKED: 'failed',
    REFUNDED: 'failed',
    REVERSED: 'failed',
    DENIED: 'failed',
    CANCELED: 'failed',
  },
  referenced: {
    SUCCESS: 'succeeded',
    PENDING: 'pending',
    PROCESSING: 'pending',
    CREATED: 'pending',
    ONHOLD: 'pending',
    FAILED: 'failed',
    PAYOUT_FAILED: 'failed',
  },
} as const satisfies Record<string, Record<string, PayoutStanding>>;

/** A status that we do not know is pending: to call it failed could pay or refund a second time. */
export function payoutStanding(api: keyof typeof PAYOUT_STATUSES, status: string): PayoutStanding {
  const statuses: Record<string, PayoutStanding> = PAYOUT_STATUSES[api];
  return Object.hasOwn(statuses, status) ? statuses[status]! : 'pending';
}
