import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { z } from 'zod';
import { changeState, lockSubject } from '../../database/change-state.ts';
import { DifferenceRow } from '../../database/entities/index.ts';
import { proposedEntries } from '../../services/reconciliation/repairs.ts';
import { withdrawRepairs } from '../../services/reconciliation/differences.ts';
import { recordIntervention } from '../../database/record-intervention.ts';
import type { Change } from '../http/change.ts';
import { given, pageOfRows } from '../http/page.ts';
import { notFound, Problem } from '../http/problem.ts';
import {
  viewDifference,
  type DifferenceDetail,
  type DifferenceQuery,
  type DifferenceView,
} from './reconciliation.schemas.ts';

@Injectable()
export class DifferencesService {
  constructor(private readonly database: DataSource) {}

  list({ limit, after, ...filters }: DifferenceQuery) {
    const where = given(filters) as object;
    return pageOfRows(
      this.database.manager,
      DifferenceRow,
      where,
      { limit, after },
      viewDifference,
    );
  }

  async get(id: string): Promise<z.infer<typeof DifferenceDetail>> {
    const { manager } = this.database;
    const row = await manager.findOneBy(DifferenceRow, { id });
    if (!row) throw notFound('difference', id);
    return { ...viewDifference(row), proposedEntries: await proposedEntries(manager, row) };
  }

  /** Says who sees to it. */
  async assign(
    { tx, cause }: Change,
    id: string,
    assignee: string | null,
  ): Promise<DifferenceView> {
    const row = await openDifference(tx, id);
    await tx.update(DifferenceRow, { id }, { assignee });
    const why = assignee === null ? 'to nobody' : `to ${assignee}`;
    await recordIntervention(tx, 'difference', row, 'assign', cause(why));
    return viewDifference(Object.assign(row, { assignee }));
  }

  /** It stays as it is, for this reason; it comes back only as another amount or kind. */
  async close({ tx, cause }: Change, id: string, reason: string): Promise<DifferenceView> {
    const set = { closeReason: reason };
    const { row } = await changeState(tx, 'difference', id, 'close', cause(reason), set);
    await withdrawRepairs(tx, id, cause('the difference was closed'));
    return viewDifference(row);
  }
}

/** The difference, locked. Throws a Problem when it has ended. */
export async function openDifference(tx: EntityManager, id: string): Promise<DifferenceRow> {
  const row = await lockSubject(tx, 'difference', id);
  if (row.state === 'open') return row;
  throw new Problem(409, 'state_conflict', `The difference is ${row.state} already.`, {
    state: row.state,
  });
}
