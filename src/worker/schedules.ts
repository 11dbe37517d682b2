import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import type { Report } from '../integrations/report-files/report-files.ts';
import { TASK_QUEUE } from '../workflows/messages.ts';

/** PayPal has reported a day by three hours after its end. */
const RECONCILED_AT = '30 3 * * *';

/** What no webhook has told of is found within a quarter of an hour, once PayPal reports it. */
const POLLED_AT = '*/15 * * * *';

/** What was missed for longer than this is not made up for. */
const LONGEST_OUTAGE = '30 days' as const;

/** What Temporal starts by the clock: each report that has a schedule, the reconciliation, the polls. */
export async function keepSchedules(temporal: Client, reports: Report[]): Promise<void> {
  for (const { name, title, schedule } of reports) {
    if (!schedule) continue;
    await keep(temporal, {
      scheduleId: `report:${name}`,
      cron: schedule,
      overlap: EACH_PERIOD,
      workflowType: 'scheduledReport',
      args: [{ name }],
      summary: `Queues the report ${title}`,
    });
  }
  await keep(temporal, {
    scheduleId: 'reconciliation',
    cron: RECONCILED_AT,
    overlap: ONE_FOR_ALL,
    workflowType: 'dailyReconciliation',
    args: [],
    summary: 'Queues the comparison of ledger, PayPal and ERP',
  });
  await keep(temporal, {
    scheduleId: 'poll:disputes',
    cron: POLLED_AT,
    overlap: ONE_FOR_ALL,
    workflowType: 'pollDisputes',
    args: [],
    summary: 'Finds disputes of which no webhook has told',
  });
  await keep(temporal, {
    scheduleId: 'poll:transactions',
    cron: POLLED_AT,
    overlap: ONE_FOR_ALL,
    workflowType: 'pollTransactions',
    args: [],
    summary: 'Finds movements of money of which no webhook has told',
  });
}

/** A report is about its day: an outage costs none, and each is made up for, one after the other. */
const EACH_PERIOD = ScheduleOverlapPolicy.BUFFER_ALL;
/** A run reads on from where the last one ended, so one makes up for many. */
const ONE_FOR_ALL = ScheduleOverlapPolicy.BUFFER_ONE;

interface Wanted {
  readonly overlap: ScheduleOverlapPolicy;
  readonly scheduleId: string;
  /** UTC. */
  readonly cron: string;
  readonly workflowType: string;
  readonly args: unknown[];
  readonly summary: string;
}

/** What the files and the code say is the truth, so a schedule that is there is updated. */
async function keep(temporal: Client, wanted: Wanted): Promise<void> {
  const { scheduleId, cron, overlap, workflowType, args, summary } = wanted;
  const options = {
    spec: { cronExpressions: [cron] },
    policies: { overlap, catchupWindow: LONGEST_OUTAGE },
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
