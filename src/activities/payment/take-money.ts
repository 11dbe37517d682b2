import type { Payment } from '../../database/entities/index.ts';
import type { CaptureOutcome, PayPal } from '../../integrations/paypal/index.ts';
import { tryAgainSeldom } from '../paypal/paypal-faults.ts';

/**
 * Takes what the buyer has approved: by capturing the order or, where the policy says so, by authorising
 * first and capturing that. An authorization that comes to nothing is voided, so that the buyer's money is
 * not kept waiting for a sale that has fallen through.
 */
export async function takeMoney(paypal: PayPal, payment: Payment): Promise<CaptureOutcome> {
  const forSeller = payment.heldBy === 'paypal';
  const sellerMerchantId = assertedBy(payment);
  const orderId = payment.paypalOrderId!;
  // A refused attempt is over; the next one is another request.
  const attempt = `${payment.id}:${payment.refusals + 1}`;
  const requestId = `capture:${attempt}`;
  if (!payment.authoriseFirst)
    return paypal.orders.capture({ orderId, requestId, sellerMerchantId });

  const authorised = await authorise(paypal, orderId, `authorise:${attempt}`, sellerMerchantId);
  if (authorised.outcome !== 'authorised') return authorised;
  const { authorizationId } = authorised;
  const outcome = await paypal.authorizations.capture({
    authorizationId,
    orderId,
    requestId,
    sellerMerchantId,
    disbursement: forSeller ? 'delayed' : 'instant',
    platformFeeMinor: forSeller ? payment.platformFeeMinor + payment.recoveryMinor : 0,
    currency: payment.currency,
  });
  if (isOver(outcome)) await paypal.authorizations.void({ authorizationId, sellerMerchantId });
  return outcome;
}

/** In whose name PayPal is called about a payment: of the seller that the order names; null: our own. */
export const assertedBy = ({
  heldBy,
  payeeMerchantId,
}: Pick<Payment, 'heldBy' | 'payeeMerchantId'>): string | null =>
  heldBy === 'house' ? null : payeeMerchantId;

/** PayPal is asked first: an earlier attempt may have authorised, and ended before it said so. */
async function authorise(
  paypal: PayPal,
  orderId: string,
  requestId: string,
  sellerMerchantId: string | null,
) {
  const { authorization } = await paypal.orders.get(orderId);
  if (authorization?.status === 'pending') {
    throw tryAgainSeldom(
      `PayPal is reviewing authorization ${authorization.authorizationId}`,
      'PENDING',
    );
  }
  if (authorization) return { outcome: 'authorised', ...authorization } as const;
  return paypal.orders.authorize({ orderId, requestId, sellerMerchantId });
}

const isOver = (outcome: CaptureOutcome): boolean =>
  outcome.outcome === 'declined' || (outcome.outcome === 'refused' && outcome.audience === 'buyer');
