import { defineLifecycle, type StateOf } from '../lifecycle/lifecycle.ts';

export const reportRunLifecycle = defineLifecycle({
  name: 'report_run',
  initial: 'queued',
  states: ['queued', 'running', 'stored', 'failed'],
  edges: [
    { event: 'start', from: ['queued'], to: 'running', by: ['workflow'] },
    { event: 'store', from: ['running'], to: 'stored', by: ['workflow'] },
    { event: 'fail', from: ['queued', 'running'], to: 'failed', by: ['workflow'] },
  ],
});
export type ReportRunState = StateOf<typeof reportRunLifecycle>;
