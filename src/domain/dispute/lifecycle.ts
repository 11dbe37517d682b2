import { defineLifecycle, type StateOf } from '../lifecycle/lifecycle.ts';

export const disputeLifecycle = defineLifecycle({
  name: 'dispute',
  initial: 'open',
  states: ['open', 'won', 'lost', 'withdrawn', 'appealed'],
  // PayPal may open again whatever it has ended.
  atRest: ['won', 'lost', 'withdrawn'],
  edges: [
    { event: 'win', from: ['open', 'appealed'], to: 'won', by: ['workflow'] },
    { event: 'lose', from: ['open', 'appealed'], to: 'lost', by: ['workflow'] },
    { event: 'withdraw', from: ['open', 'appealed'], to: 'withdrawn', by: ['workflow'] },
    // Of what was lost the money is with the buyer; when the appeal is won, it comes back.
    { event: 'appeal', from: ['lost'], to: 'appealed', by: ['workflow'] },
    { event: 'reopen', from: ['won', 'withdrawn'], to: 'open', by: ['workflow'] },
  ],
});
export type DisputeState = StateOf<typeof disputeLifecycle>;

/** While PayPal has it open, the money stays where it is. */
export const UNDECIDED: readonly DisputeState[] = ['open', 'appealed'];
