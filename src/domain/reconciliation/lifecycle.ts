import { defineLifecycle, type StateOf } from '../lifecycle/lifecycle.ts';

/** One comparison of the ledger with PayPal and the ERP. */
export const reconciliationRunLifecycle = defineLifecycle({
  name: 'reconciliation_run',
  initial: 'queued',
  states: ['queued', 'running', 'compared', 'failed'],
  edges: [
    { event: 'start', from: ['queued'], to: 'running', by: ['workflow'] },
    { event: 'finish', from: ['running'], to: 'compared', by: ['workflow'] },
    { event: 'fail', from: ['queued', 'running'], to: 'failed', by: ['workflow'] },
  ],
});
export type ReconciliationRunState = StateOf<typeof reconciliationRunLifecycle>;

/** What one side has against the ledger, from the run that finds it to whatever settles it. */
export const differenceLifecycle = defineLifecycle({
  name: 'difference',
  initial: 'open',
  states: ['open', 'closed', 'repaired', 'resolved'],
  edges: [
    // A person has found the reason, and it stays as it is.
    { event: 'close', from: ['open'], to: 'closed', by: ['finance', 'operator'] },
    { event: 'repair', from: ['open'], to: 'repaired', by: ['finance', 'operator'] },
    // A later run does not find it any more.
    { event: 'resolve', from: ['open'], to: 'resolved', by: ['workflow'] },
  ],
});
export type DifferenceState = StateOf<typeof differenceLifecycle>;

/** A ledger entry that is to mend a difference. Above an amount it waits for a second person. */
export const repairLifecycle = defineLifecycle({
  name: 'repair',
  initial: 'proposed',
  states: ['proposed', 'posted', 'withdrawn'],
  edges: [
    { event: 'post', from: ['proposed'], to: 'posted', by: ['finance', 'operator'] },
    {
      event: 'withdraw',
      from: ['proposed'],
      to: 'withdrawn',
      by: ['finance', 'operator', 'workflow'],
    },
  ],
});
export type RepairState = StateOf<typeof repairLifecycle>;
