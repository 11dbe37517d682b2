import { defineLifecycle, type StateOf } from './lifecycle.ts';

export const refundLifecycle = defineLifecycle({
  name: 'refund',
  initial: 'requested',
  states: ['requested', 'sending', 'unknown', 'completed', 'failed'],
  edges: [
    { event: 'send', from: ['requested'], to: 'sending', by: ['workflow'] },
    { event: 'loseSight', from: ['sending'], to: 'unknown', by: ['workflow'] },
    { event: 'resend', from: ['unknown'], to: 'sending', by: ['workflow'] },
    { event: 'complete', from: ['sending', 'unknown'], to: 'completed', by: ['workflow'] },
    { event: 'fail', from: ['sending', 'unknown'], to: 'failed', by: ['workflow'] },
  ],
});
export type RefundState = StateOf<typeof refundLifecycle>;
