import { ActivityFailure, workflowInfo } from '@temporalio/workflow';
import type { ReportInput } from '../messages.ts';
import { database, reporting } from '../runtime/proxies.ts';
import { showState } from '../runtime/show-state.ts';

/** Runs one report and stores it. */
export async function report({ runId }: ReportInput): Promise<'stored' | 'failed'> {
  showState('running');
  try {
    await reporting.storeReport(runId);
    return showState('stored');
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    await database.failReport(runId, error.cause?.message ?? error.message);
    return showState('failed');
  }
}

/** What a Temporal schedule starts: it queues a run, so that scheduled and asked-for runs are alike. */
export async function scheduledReport({ name }: { name: string }): Promise<void> {
  await database.queueScheduledReport(name, workflowInfo().workflowId);
}
