import { defineLifecycle, type StateOf } from '../lifecycle/lifecycle.ts';

/** What one person proposes and another has to approve before it is done. */
export const approvalLifecycle = defineLifecycle({
  name: 'approval',
  initial: 'proposed',
  states: ['proposed', 'approved', 'rejected', 'withdrawn', 'expired'],
  edges: [
    { event: 'approve', from: ['proposed'], to: 'approved', by: ['operator', 'finance'] },
    { event: 'reject', from: ['proposed'], to: 'rejected', by: ['operator', 'finance'] },
    // By whoever has proposed it.
    { event: 'withdraw', from: ['proposed'], to: 'withdrawn', by: ['operator', 'finance'] },
    { event: 'expire', from: ['proposed'], to: 'expired', by: ['workflow'] },
  ],
});
export type ApprovalState = StateOf<typeof approvalLifecycle>;
