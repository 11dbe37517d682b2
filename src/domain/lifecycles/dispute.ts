import { defineLifecycle, type StateOf } from './lifecycle.ts';

export const disputeLifecycle = defineLifecycle({
  name: 'dispute',
  initial: 'open',
  states: ['open', 'won', 'lost', 'withdrawn'],
  edges: [
    { event: 'win', from: ['open'], to: 'won', by: ['workflow'] },
    { event: 'lose', from: ['open'], to: 'lost', by: ['workflow'] },
    { event: 'withdraw', from: ['open'], to: 'withdrawn', by: ['workflow'] },
  ],
});
export type DisputeState = StateOf<typeof disputeLifecycle>;
