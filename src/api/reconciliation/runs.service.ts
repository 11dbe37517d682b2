import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { declareCause } from '../../database/change-state.ts';
import { DifferenceRow, ReconciliationRun } from '../../database/entities/index.ts';
import { findingsOf } from '../../services/reconciliation/differences.ts';
import { queueRun, USUAL_RANGE_MS } from '../../services/reconciliation/runs.ts';
import type { Change } from '../http/change.ts';
import { pageOfRows, type Page } from '../http/page.ts';
import { notFound, Problem } from '../http/problem.ts';
import {
  viewDifference,
  viewRun,
  type DifferenceView,
  type RunReconciliation,
  type RunView,
} from './reconciliation.schemas.ts';

interface PageWanted {
  readonly limit: number;
  readonly after?: string;
}

@Injectable()
export class RunsService {
  constructor(private readonly database: DataSource) {}

  /** Queues a comparison; a workflow runs it. */
  async start({ tx, cause, correlationId }: Change, wanted: RunReconciliation): Promise<RunView> {
    const now = await databaseNow(tx);
    const to = wanted.to ? new Date(wanted.to) : now;
    const from = wanted.from ? new Date(wanted.from) : new Date(to.getTime() - USUAL_RANGE_MS);
    if (from >= to || to > now) {
      throw new Problem(422, 'wrong_range', '`from` must lie before `to`, and `to` not after now.');
    }
    await declareCause(tx, cause());
    const id = await queueRun(tx, { from, to }, { correlationId });
    return viewRun(await tx.findOneByOrFail(ReconciliationRun, { id }));
  }

  list(page: PageWanted): Promise<Page<RunView>> {
    return pageOfRows(this.database.manager, ReconciliationRun, {}, page, viewRun);
  }

  async get(id: string): Promise<RunView> {
    const run = await this.database.manager.findOneBy(ReconciliationRun, { id });
    if (!run) throw notFound('reconciliation run', id);
    return viewRun(run);
  }

  /** What a run found, as it found it. */
  async found(id: string, { limit, after }: PageWanted): Promise<Page<DifferenceView>> {
    await this.get(id);
    const rows = await findingsOf(this.database, id, { after, limit: limit + 1 });
    const items = rows.slice(0, limit);
    const next = rows.length > limit ? items.at(-1)!.id : null;
    return { items: items.map((row: DifferenceRow) => viewDifference(row)), next };
  }
}
