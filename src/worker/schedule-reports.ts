import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client } from '@temporalio/client';
import type { Report } from '../integrations/report-files/report-files.ts';
import { TASK_QUEUE } from '../workflows/messages.ts';

/** One Temporal schedule per report that has one; its file is the truth, so it is updated at start. */
export async function scheduleReports(temporal: Client, reports: Report[]): Promise<void> {
  for (const report of reports) {
    const { schedule } = report;
    if (!schedule) continue;
    const scheduleId = `report:${report.name}`;
    const options = {
      spec: { cronExpressions: [schedule] },
      policies: { overlap: ScheduleOverlapPolicy.BUFFER_ONE, catchupWindow: '1 day' as const },
      action: {
        type: 'startWorkflow' as const,
        workflowType: 'scheduledReport',
        workflowId: `scheduled-${scheduleId}`,
        taskQueue: TASK_QUEUE,
        args: [{ name: report.name }],
        staticSummary: `Queues the report ${report.title}`,
      },
    };
    try {
      await temporal.schedule.create({ scheduleId, ...options });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await temporal.schedule.getHandle(scheduleId).update((was) => ({ ...was, ...options }));
    }
  }
}
