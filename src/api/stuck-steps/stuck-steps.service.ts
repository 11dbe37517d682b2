import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { changeState, ChangeRefused, lockSubject } from '../../database/change-state.ts';
import { StuckStep } from '../../database/entities/index.ts';
import { sendLater } from '../../database/outbox.ts';
import { recordIntervention } from '../../database/record-intervention.ts';
import { stuckCauses } from '../../services/stuck-step/stuck-steps.ts';
import { lookAgain } from '../../workflows/messages.ts';
import type { Change } from '../http/change.ts';
import { given, pageOfRows } from '../http/page.ts';
import { iso } from '../http/schemas.ts';
import { endSubject } from './end-subject.ts';
import { viewStuckStep, type StuckStepQuery } from './stuck-steps.schemas.ts';

@Injectable()
export class StuckStepsService {
  constructor(private readonly database: DataSource) {}

  list({ state, cause, ...page }: StuckStepQuery) {
    const where = given({ state, cause }) as object;
    return pageOfRows(this.database.manager, StuckStep, where, page, viewStuckStep);
  }

  async causes() {
    const items = await stuckCauses(this.database);
    return { items: items.map((item) => ({ ...item, since: iso(item.since) })) };
  }

  async retry(change: Change, id: string, reason: string) {
    const row = await lockSubject(change.tx, 'stuck_step', id);
    refuseWhatIsOver(row, 'tried again');
    await tryAgain(change, row, reason);
    return viewStuckStep(row);
  }

  async retryAll(change: Change, cause: string, reason: string) {
    const rows = await change.tx.find(StuckStep, { where: { cause, state: 'stuck' } });
    for (const row of rows) await tryAgain(change, row, reason);
    return { retried: rows.length };
  }

  async end(change: Change, id: string, reason: string) {
    const { tx, cause, correlationId } = change;
    const row = await lockSubject(tx, 'stuck_step', id);
    refuseWhatIsOver(row, 'ended');
    await endSubject(change, row, reason);
    const set = { endedAt: await databaseNow(tx) };
    const { row: after } = await changeState(tx, 'stuck_step', id, 'end', cause(reason), set);
    await sendLater(tx, lookAgain(row.workflowId), correlationId);
    return viewStuckStep(after);
  }
}

function refuseWhatIsOver({ id, state }: StuckStep, wish: string): void {
  if (state === 'stuck') return;
  throw new ChangeRefused('stuck_step', id, state, `It is ${state}: it cannot be ${wish}.`);
}

/** News hurries the step; and a workflow that Temporal has ended begins again, as it was begun. */
async function tryAgain(
  { tx, cause, correlationId }: Change,
  row: StuckStep,
  reason: string,
): Promise<void> {
  await recordIntervention(tx, 'stuck_step', row, 'retry', cause(reason));
  await startAgainIfOver(tx, row.workflowId);
  await sendLater(tx, lookAgain(row.workflowId), correlationId);
}

const startAgainIfOver = (tx: EntityManager, workflowId: string) =>
  tx.query(
    `UPDATE outbox SET state = 'waiting', attempts = 0, next_attempt_at = clock_timestamp()
     WHERE id = (SELECT max(id) FROM outbox WHERE workflow_id = $1 AND message->>'kind' = 'start')
       AND state <> 'waiting'`,
    [workflowId],
  );
