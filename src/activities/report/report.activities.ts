import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { to as copyTo } from 'pg-copy-streams';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { changeState, declareCause } from '../../database/change-state.ts';
import type { ReportRun } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { sendLater } from '../../database/outbox.ts';
import type { ReportStore } from '../../integrations/azure-blob/report-store.ts';
import {
  scheduledValues,
  toCopy,
  type Report,
} from '../../integrations/report-files/report-files.ts';
import { workflowIds } from '../../workflows/messages.ts';
import { workflowCause } from '../runtime/context.ts';
import { correlationHere } from '../runtime/correlation.ts';

export interface ReportDeps {
  readonly database: DataSource;
  readonly pool: pg.Pool;
  readonly reportStore: ReportStore;
  readonly reports: ReadonlyMap<string, Report>;
}

export const createReportActivities = ({ database, pool, reportStore, reports }: ReportDeps) => ({
  /**
   * Queues the run that a schedule asks for, for the period that was due then, however late it is; `key`, the
   * id of the workflow with that time, makes it one run however often this is tried.
   */
  queueScheduledReport(name: string, key: string): Promise<void> {
    return database.transaction(async (tx) => {
      const report = reportNamed(reports, name);
      const parameters = scheduledValues(report, dueAt(key) ?? (await databaseNow(tx)));
      await declareCause(tx, workflowCause('schedule'));
      const [run] = await tx.query<{ id: string }[]>(
        `INSERT INTO report_run (report, parameters, schedule_key) VALUES ($1, $2, $3)
         ON CONFLICT (schedule_key) DO NOTHING RETURNING id`,
        [name, JSON.stringify(parameters), key],
      );
      if (!run) return;
      await sendLater(
        tx,
        {
          kind: 'start',
          life: 'report',
          workflowId: workflowIds.report(run.id),
          input: { runId: run.id },
          summary: report.title,
          attributes: {},
        },
        correlationHere(),
      );
    });
  },

  /** Runs the query in one snapshot and streams it to Blob storage. A repeat overwrites the same blob. */
  async storeReport(runId: string): Promise<void> {
    const { row: run } = await database.transaction((tx) =>
      changeState(tx, 'report_run', runId, 'start', workflowCause()),
    );
    const report = reportNamed(reports, run.report);
    const day = run.createdAt.toISOString().slice(0, 10);
    const blobName = `${run.report}/${day}/${run.id}.csv`;
    const { rowCount, ...stored } = await streamReport(pool, reportStore, report, run, blobName);
    await database.transaction(async (tx) => {
      await changeState(tx, 'report_run', runId, 'store', workflowCause(), {
        ...stored,
        rowCount,
        blobName,
        storedAt: await databaseNow(tx),
      });
    });
  },

  async failReport(runId: string, reason: string): Promise<void> {
    await database.transaction(async (tx) => {
      const { row } = await changeState(tx, 'report_run', runId, 'fail', workflowCause(reason), {
        failureReason: reason,
      });
      await notify(tx, {
        recipientId: OPERATORS,
        kind: 'report_failed',
        subjectId: runId,
        text: `The report ${row.report} has failed: ${reason}. Mend the cause, then ask for it again: POST /v1/reports/${row.report}/runs.`,
      });
    });
  },
});

/** One connection for the snapshot; the export is as old as its start, and no row is torn. */
async function streamReport(
  pool: pg.Pool,
  reportStore: ReportStore,
  report: Report,
  run: ReportRun,
  blobName: string,
) {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await client.query("SET LOCAL TimeZone TO 'UTC'"); // Days in reports are UTC days.
    const rows = client.query(copyTo(toCopy(report, run.parameters)));
    const content = new PassThrough();
    const [stored] = await Promise.all([
      reportStore.write(blobName, content, { report: run.report, run: run.id }),
      pipeline(rows, content),
    ]);
    await client.query('COMMIT');
    broken = false;
    return { ...stored, rowCount: rows.rowCount };
  } finally {
    client.release(broken);
  }
}

/** Temporal puts the time at which it was due behind the id of what a schedule starts. */
function dueAt(key: string): Date | undefined {
  const time = /-(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)$/.exec(key)?.[1];
  return time === undefined ? undefined : new Date(time);
}

function reportNamed(reports: ReadonlyMap<string, Report>, name: string): Report {
  const report = reports.get(name);
  if (!report) throw new Error(`There is no report ${name}: reports/${name}.sql is missing`);
  return report;
}
