import { z } from 'zod';
import type { ReportRun } from '../../database/entities/index.ts';
import { reportRunLifecycle } from '../../domain/report/lifecycle.ts';
import type { Report } from '../../integrations/report-files/report-files.ts';
import { Id, iso, isoOrNull, Moment, pageOf, PageQuery, stateOf } from '../http/schemas.ts';

export const ReportName = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/);

export const ReportView = z
  .object({
    name: ReportName,
    title: z.string(),
    description: z.string(),
    schedule: z.string().nullable().describe('cron, UTC; null: only when asked for'),
    parameters: z.array(z.object({ name: z.string(), type: z.string(), meaning: z.string() })),
    columns: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        unit: z.string().nullable(),
        meaning: z.string(),
      }),
    ),
  })
  .meta({ id: 'Report' });
export type ReportView = z.infer<typeof ReportView>;
export const ReportList = z.object({ items: z.array(ReportView) }).meta({ id: 'ReportList' });

export const RunReport = z
  .object({
    parameters: z
      .record(z.string().max(63), z.string().max(1_000))
      .default({})
      .describe('by the names that the report declares'),
  })
  .meta({ id: 'RunReport' });
export type RunReport = z.infer<typeof RunReport>;

export const ReportRunView = z
  .object({
    id: Id,
    report: ReportName,
    parameters: z.record(z.string(), z.string()),
    state: stateOf(reportRunLifecycle),
    url: z.string().nullable().describe('the blob; it grants nothing to who has no right to it'),
    bytes: z.int().nullable(),
    rows: z.int().nullable(),
    sha256: z.string().nullable(),
    failureReason: z.string().nullable(),
    storedAt: Moment.nullable(),
    createdAt: Moment,
  })
  .meta({ id: 'ReportRun' });
export type ReportRunView = z.infer<typeof ReportRunView>;
export const ReportRunPage = pageOf(ReportRunView, 'ReportRunPage');
export const ReportRunQuery = PageQuery.extend({ report: ReportName.optional() });
export type ReportRunQuery = z.infer<typeof ReportRunQuery>;

export const viewReport = (report: Report): ReportView => ({
  name: report.name,
  title: report.title,
  description: report.description,
  schedule: report.schedule ?? null,
  parameters: report.parameters.map(({ name, type, meaning }) => ({ name, type, meaning })),
  columns: report.columns.map(({ name, type, unit, meaning }) => ({
    name,
    type,
    unit: unit ?? null,
    meaning,
  })),
});

export const viewRun = (run: ReportRun): ReportRunView => ({
  id: run.id,
  report: run.report,
  parameters: run.parameters,
  state: run.state,
  url: run.url,
  bytes: run.bytes,
  rows: run.rowCount,
  sha256: run.sha256,
  failureReason: run.failureReason,
  storedAt: isoOrNull(run.storedAt),
  createdAt: iso(run.createdAt),
});
