import { ActivityFailure } from '@temporalio/workflow';
import type { ReconciliationInput } from '../messages.ts';
import { database, reconciling } from '../runtime/proxies.ts';
import { showState } from '../runtime/show-state.ts';

/** Reads what PayPal reports, then compares sale by sale: ledger, PayPal, ERP. */
export async function reconciliation({
  runId,
}: ReconciliationInput): Promise<'compared' | 'failed'> {
  showState('running');
  try {
    await reconciling.readMovements(runId);
    await reconciling.compareSales(runId);
    return showState('compared');
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    await database.failReconciliation(runId, error.cause?.message ?? error.message);
    return showState('failed');
  }
}

/** What a Temporal schedule starts each day; it queues the run, so that all runs are alike. */
export async function dailyReconciliation(): Promise<void> {
  await database.queueDailyReconciliation();
}
