import { defineLifecycle, type StateOf } from '../lifecycle/lifecycle.ts';

export const paymentLifecycle = defineLifecycle({
  name: 'payment',
  initial: 'created',
  // Captured money may go back to the buyer, and return.
  atRest: ['captured', 'partially_refunded', 'refunded', 'declined', 'expired'],
  states: [
    'created',
    'approved',
    'capturing',
    'unknown',
    'pending',
    'captured',
    'partially_refunded',
    'returning',
    'refunded',
    'declined',
    'expired',
    'withdrawn',
  ],
  edges: [
    { event: 'approve', from: ['created'], to: 'approved', by: ['workflow'] },
    { event: 'capture', from: ['approved'], to: 'capturing', by: ['workflow'] },
    // The call may have had its effect; only asking PayPal can tell.
    { event: 'loseSight', from: ['capturing'], to: 'unknown', by: ['workflow'] },
    // From pending: what PayPal has reviewed is an authorization, which it now lets us capture.
    {
      event: 'findUncaptured',
      from: ['capturing', 'unknown', 'pending'],
      to: 'approved',
      by: ['workflow'],
    },
    // PayPal has taken it on and is not done: a bank transfer of days, or a review.
    {
      event: 'awaitPayPal',
      from: ['created', 'approved', 'capturing', 'unknown'],
      to: 'pending',
      by: ['workflow'],
    },
    // From created and approved: somebody has captured at PayPal, or our database was restored.
    {
      event: 'recordCapture',
      from: ['created', 'approved', 'capturing', 'unknown', 'pending'],
      to: 'captured',
      by: ['workflow'],
    },
    // The buyer's instrument was declined: the buyer may choose another within the window.
    {
      event: 'sendBack',
      from: ['approved', 'capturing', 'unknown', 'pending'],
      to: 'created',
      by: ['workflow'],
    },
    {
      event: 'decline',
      from: ['created', 'approved', 'capturing', 'unknown'],
      to: 'declined',
      by: ['workflow'],
    },
    { event: 'expire', from: ['created', 'approved'], to: 'expired', by: ['workflow'] },
    // The house ends the sale; what PayPal may be taking just now is asked about first.
    {
      event: 'withdraw',
      from: ['created', 'approved', 'pending'],
      to: 'withdrawn',
      by: ['operator', 'workflow'],
    },
    // Money that comes when the piece is not this buyer's any more is on its way back.
    {
      event: 'recordLateMoney',
      from: ['declined', 'expired', 'withdrawn'],
      to: 'returning',
      by: ['workflow'],
    },
    { event: 'refundPart', from: ['captured'], to: 'partially_refunded', by: ['workflow'] },
    {
      event: 'refundWhole',
      from: ['captured', 'partially_refunded', 'returning'],
      to: 'refunded',
      by: ['workflow'],
    },
    // PayPal had given it back to the buyer, and an appeal is won.
    {
      event: 'regainAll',
      from: ['partially_refunded', 'refunded'],
      to: 'captured',
      by: ['workflow'],
    },
    { event: 'regainPart', from: ['refunded'], to: 'partially_refunded', by: ['workflow'] },
  ],
});
export type PaymentState = StateOf<typeof paymentLifecycle>;
