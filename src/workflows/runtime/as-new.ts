import {
  continueAsNew,
  workflowInfo,
  type WorkflowInterceptorsFactory,
} from '@temporalio/workflow';

/** Temporal suggests it earlier or later, and ends a workflow at 51,200 events. */
const LONG_HISTORY = 4_000;

let given: unknown[] = [];

/** Remembers what the workflow was started with: the next run is started with the same. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      execute(input, next) {
        given = input.args;
        return next(input);
      },
    },
  ],
});

/**
 * Goes on as a new run when the history has become long. Everything that a workflow has done is in
 * PostgreSQL, and every step may be repeated; so the new run begins at the beginning, and finds it done.
 */
export async function goOnAsNewIfLong(): Promise<void> {
  const { continueAsNewSuggested, historyLength } = workflowInfo();
  if (continueAsNewSuggested || historyLength > LONG_HISTORY) await continueAsNew(...given);
}
