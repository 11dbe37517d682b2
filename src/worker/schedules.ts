import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import type { Report } from '../integrations/report-files/report-files.ts';
import { TASK_QUEUE } from '../workflows/messages.ts';

/** PayPal has reported a day by three hours after its end. */
const RECONCILED_AT = '30 3 * * *';

/** What no webhook has told of is found within a quarter of an hour, once PayPal reports it. */
const POLLED_AT = '*/15 * * * *';

/** What Temporal starts by the clock: each report that has a schedule, the reconciliation, the polls. */
export async function keepSchedules(temporal: Client, reports: Report[]): Promise<void> {
  for (const { name, title, schedule } of reports) {
    if (!schedule) continue;
    await keep(temporal, {
      scheduleId: `report:${name}`,
      cron: schedule,
      workflowType: 'scheduledReport',
      args: [{ name }],
      summary: `Queues the report ${title}`,
    });
  }
  await keep(temporal, {
    scheduleId: 'reconciliation',
    cron: RECONCILED_AT,
    workflowType: 'dailyReconciliation',
    args: [],
    summary: 'Queues the comparison of ledger, PayPal and ERP',
  });
  await keep(temporal, {
    scheduleId: 'poll:disputes',
    cron: POLLED_AT,
    workflowType: 'pollDisputes',
    args: [],
    summary: 'Finds disputes of which no webhook has told',
  });
  await keep(temporal, {
    scheduleId: 'poll:transactions',
    cron: POLLED_AT,
    workflowType: 'pollTransactions',
    args: [],
    summary: 'Finds movements of money of which no webhook has told',
  });
}

interface Wanted {
  readonly scheduleId: string;
  /** UTC. */
  readonly cron: string;
  readonly workflowType: string;
  readonly args: unknown[];
  readonly summary: string;
}

/** What the files and the code say is the truth, so a schedule that is there is updated. */
async function keep(temporal: Client, wanted: Wanted): Promise<void> {
  const { scheduleId, cron, workflowType, args, summary } = wanted;
  const options = {
    spec: { cronExpressions: [cron] },
    policies: { overlap: ScheduleOverlapPolicy.BUFFER_ONE, catchupWindow: '1 day' as const },
    action: {
      type: 'startWorkflow' as const,
      workflowType,
      workflowId: `scheduled-${scheduleId}`,
      taskQueue: TASK_QUEUE,
      args,
      staticSummary: summary,
    },
  };
  try {
    await temporal.schedule.create({ scheduleId, ...options });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await temporal.schedule.getHandle(scheduleId).update((was) => ({ ...was, ...options }));
  }
}
