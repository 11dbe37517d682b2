import type { DataSource } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { changeState, declareCause } from '../../database/change-state.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { lastDailyEnd, queueRun, USUAL_RANGE_MS } from '../../services/reconciliation/runs.ts';
import type { Erp } from '../../integrations/erp/erp.ts';
import type { PayPal } from '../../integrations/paypal/index.ts';
import { compareNextSales, finishRun } from './compare-sales.ts';
import { earliest, later, workflowCause } from '../runtime/context.ts';
import { correlationHere } from '../runtime/correlation.ts';
import { readMovements } from './read-movements.ts';

export interface ReconciliationDeps {
  readonly database: DataSource;
  readonly paypal: PayPal;
  readonly erp: Erp;
}

export const createReconciliationActivities = (deps: ReconciliationDeps) => ({
  /** Queues the run of the day, up to midnight UTC: one, however often this is tried. */
  async queueDailyReconciliation(): Promise<void> {
    await deps.database.transaction(async (tx) => {
      const day = (await databaseNow(tx)).toISOString().slice(0, 10);
      const to = new Date(`${day}T00:00:00Z`);
      const from = earliest(later(to, -USUAL_RANGE_MS), (await lastDailyEnd(tx)) ?? to);
      await declareCause(tx, workflowCause('schedule'));
      const correlationId = correlationHere();
      await queueRun(tx, { from, to }, { scheduleKey: `daily:${day}`, correlationId });
    });
  },

  /** Reads what PayPal reports of the sales that are to be compared. May be repeated. */
  async readMovements(runId: string): Promise<void> {
    const { row: run } = await deps.database.transaction((tx) =>
      changeState(tx, 'reconciliation_run', runId, 'start', workflowCause()),
    );
    if (!run.readTo) await readMovements(deps, run);
  },

  /** Compares sale by sale and writes down what it finds. A repeat goes on where the last one ended. */
  async compareSales(runId: string): Promise<void> {
    while (await compareNextSales(deps, runId));
    await finishRun(deps.database, runId);
  },

  async failReconciliation(runId: string, reason: string): Promise<void> {
    await deps.database.transaction(async (tx) => {
      await changeState(tx, 'reconciliation_run', runId, 'fail', workflowCause(reason), {
        failureReason: reason,
      });
      await notify(tx, {
        recipientId: OPERATORS,
        kind: 'reconciliation_failed',
        subjectId: runId,
        text: `The reconciliation has failed: ${reason}. Mend the cause, then ask for it again: POST /v1/reconciliation/runs.`,
      });
    });
  },
});
