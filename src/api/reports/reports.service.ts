import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { declareCause } from '../../database/change-state.ts';
import { ReportRun } from '../../database/entities/index.ts';
import { sendLater } from '../../database/outbox.ts';
import type { ReportStore } from '../../integrations/azure-blob/report-store.ts';
import {
  checkValues,
  ReportValueError,
  type Report,
} from '../../integrations/report-files/report-files.ts';
import { workflowIds } from '../../workflows/messages.ts';
import { REPORTS, REPORT_STORE } from '../dependencies.ts';
import type { Change } from '../http/change.ts';
import { given, pageOfRows } from '../http/page.ts';
import { unknownName } from '../http/input/nearest.ts';
import { notFound, Problem, wrongFields } from '../http/problem.ts';
import {
  viewReport,
  viewRun,
  type ReportRunQuery,
  type ReportRunView,
  type ReportView,
} from './reports.schemas.ts';

@Injectable()
export class ReportsService {
  constructor(
    private readonly database: DataSource,
    @Inject(REPORTS) private readonly reports: ReadonlyMap<string, Report>,
    @Inject(REPORT_STORE) private readonly store: ReportStore,
  ) {}

  list(): { items: ReportView[] } {
    return { items: [...this.reports.values()].map(viewReport) };
  }

  async run(
    { tx, cause, correlationId }: Change,
    name: string,
    parameters: Record<string, string>,
  ): Promise<ReportRunView> {
    const report = this.reports.get(name);
    if (!report) throw notFound('report', name);
    mustKnow(report, parameters);
    try {
      checkValues(report.parameters, parameters);
    } catch (error) {
      if (!(error instanceof ReportValueError)) throw error;
      throw new Problem(422, 'wrong_parameters', error.message);
    }
    await declareCause(tx, cause());
    const { identifiers } = await tx.insert(ReportRun, { report: name, parameters });
    const runId = identifiers[0]!.id as string;
    await sendLater(
      tx,
      {
        kind: 'start',
        life: 'report',
        workflowId: workflowIds.report(runId),
        input: { runId },
        summary: report.title,
        attributes: {},
      },
      correlationId,
    );
    return viewRun(await tx.findOneByOrFail(ReportRun, { id: runId }));
  }

  listRuns({ report, ...page }: ReportRunQuery) {
    const where = given({ report }) as object;
    return pageOfRows(this.database.manager, ReportRun, where, page, viewRun);
  }

  async getRun(id: string): Promise<ReportRunView> {
    return viewRun(await this.findRun(id));
  }

  /** The stored report itself. */
  async content(id: string): Promise<{ name: string; stream: Readable }> {
    const run = await this.findRun(id);
    if (!run.blobName) {
      throw new Problem(
        409,
        'state_conflict',
        `The report is ${run.state}: nothing is stored yet.`,
        {
          state: run.state,
        },
      );
    }
    return { name: `${run.report}-${run.id}.csv`, stream: await this.store.read(run.blobName) };
  }

  private async findRun(id: string): Promise<ReportRun> {
    const run = await this.database.manager.findOneBy(ReportRun, { id });
    if (!run) throw notFound('report run', id);
    return run;
  }
}

/** Which names there are, only the report knows: an unknown one is an unknown field all the same. */
function mustKnow(report: Report, parameters: Readonly<Record<string, string>>): void {
  const known = report.parameters.map(({ name }) => name);
  const faults = Object.keys(parameters)
    .filter((name) => !known.includes(name))
    .map((name) => ({ field: `parameters.${name}`, message: unknownName(name, known) }));
  if (faults.length > 0) throw wrongFields(faults);
}
