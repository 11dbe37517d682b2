import { defineLifecycle, type StateOf } from '../lifecycle/lifecycle.ts';

export const refundLifecycle = defineLifecycle({
  name: 'refund',
  initial: 'requested',
  states: ['requested', 'sending', 'paying', 'unknown', 'completed', 'failed'],
  edges: [
    { event: 'send', from: ['requested'], to: 'sending', by: ['workflow'] },
    // The seller cannot pay it: the house pays the buyer, by a payout.
    { event: 'stepIn', from: ['sending', 'unknown'], to: 'paying', by: ['workflow'] },
    { event: 'loseSight', from: ['sending', 'paying'], to: 'unknown', by: ['workflow'] },
    { event: 'resend', from: ['unknown'], to: 'sending', by: ['workflow'] },
    { event: 'payAgain', from: ['unknown'], to: 'paying', by: ['workflow'] },
    {
      event: 'complete',
      from: ['sending', 'paying', 'unknown'],
      to: 'completed',
      by: ['workflow'],
    },
    { event: 'fail', from: ['sending', 'paying', 'unknown'], to: 'failed', by: ['workflow'] },
    // A person has looked, and PayPal has neither refund nor payout for it.
    {
      event: 'giveUp',
      from: ['requested', 'sending', 'paying', 'unknown'],
      to: 'failed',
      by: ['operator', 'finance'],
    },
  ],
});
export type RefundState = StateOf<typeof refundLifecycle>;
