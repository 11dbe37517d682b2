import { defineLifecycle, type StateOf } from '../lifecycle/lifecycle.ts';

/** A step of a workflow that fails again and again. Stuck once more, it is another row. */
export const stuckStepLifecycle = defineLifecycle({
  name: 'stuck_step',
  initial: 'stuck',
  states: ['stuck', 'resolved', 'ended'],
  edges: [
    // It has succeeded, or its workflow has gone on without it.
    { event: 'resolve', from: ['stuck'], to: 'resolved', by: ['workflow'] },
    { event: 'end', from: ['stuck'], to: 'ended', by: ['operator'] },
  ],
});
export type StuckStepState = StateOf<typeof stuckStepLifecycle>;
