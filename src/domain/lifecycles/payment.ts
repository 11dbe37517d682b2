import { defineLifecycle, type StateOf } from './lifecycle.ts';

export const paymentLifecycle = defineLifecycle({
  name: 'payment',
  initial: 'created',
  states: [
    'created',
    'approved',
    'capturing',
    'unknown',
    'pending',
    'captured',
    'partially_refunded',
    'refunded',
    'declined',
    'expired',
  ],
  edges: [
    { event: 'approve', from: ['created'], to: 'approved', by: ['workflow'] },
    { event: 'capture', from: ['approved'], to: 'capturing', by: ['workflow'] },
    // The call may have had its effect; only asking PayPal can tell.
    { event: 'loseSight', from: ['capturing'], to: 'unknown', by: ['workflow'] },
    { event: 'findUncaptured', from: ['capturing', 'unknown'], to: 'approved', by: ['workflow'] },
    // PayPal has taken it on and is not done: a bank transfer of days, or a review.
    { event: 'awaitPayPal', from: ['capturing', 'unknown'], to: 'pending', by: ['workflow'] },
    {
      event: 'recordCapture',
      from: ['capturing', 'unknown', 'pending'],
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
    { event: 'refundPart', from: ['captured'], to: 'partially_refunded', by: ['workflow'] },
    {
      event: 'refundWhole',
      from: ['captured', 'partially_refunded'],
      to: 'refunded',
      by: ['workflow'],
    },
  ],
});
export type PaymentState = StateOf<typeof paymentLifecycle>;
