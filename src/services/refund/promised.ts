import { refundLifecycle } from '../../domain/refund/lifecycle.ts';
import { isFinal } from '../../domain/lifecycle/lifecycle.ts';
import type { Refund } from '../../database/entities/index.ts';

/** PayPal has given it back, or may have paid it out for the house, and it is not recorded yet. */
export const isPromised = ({ paypalRefundId, payoutAskedAt, state }: Refund): boolean =>
  (paypalRefundId ?? payoutAskedAt) !== null && !isFinal(refundLifecycle, state);

/** A refund of the capture that is being sent, and may have had its effect without an answer. */
export const isUnanswered = ({ way, state, paypalRefundId }: Refund): boolean =>
  way === 'refund' && paypalRefundId === null && ['sending', 'unknown'].includes(state);

export const promisedMinor = (refunds: readonly Refund[]): number =>
  totalMinor(refunds.filter(isPromised));

/** Less what came back of it. */
export const totalMinor = (refunds: readonly Refund[]): number =>
  refunds.reduce((sum, { amountMinor, wonBackMinor }) => sum + amountMinor - wonBackMinor, 0);

/** PayPal gave it back by itself: a refund that we asked for has PayPal's id once it is done. */
export const isByPayPal = ({ state, way, paypalRefundId }: Refund): boolean =>
  state === 'completed' && way === 'refund' && paypalRefundId === null;
