import type { DataSource, EntityManager } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { changeState, declareCause, type Cause } from '../../database/change-state.ts';
import { Notice, StuckStep } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';

export interface FailedStep extends Pick<
  StuckStep,
  'workflowId' | 'runId' | 'workflowType' | 'step' | 'cause' | 'service' | 'tries'
> {
  /** What operators are told, once while any step is stuck for this cause; null: they have been. */
  readonly notice: string | null;
}

interface Known {
  readonly id: string;
  readonly state: 'stuck' | 'ended';
}

/** What is known of a workflow's step: that its workflow is stuck, or that a person has ended it. */
export async function knownOf(
  database: DataSource | EntityManager,
  { workflowId, runId, step }: Pick<StuckStep, 'workflowId' | 'runId' | 'step'>,
): Promise<Known | undefined> {
  const [known] = await database.query<Known[]>(
    `SELECT id, state FROM stuck_step
     WHERE workflow_id = $1 AND (state = 'stuck' OR (state = 'ended' AND run_id = $2 AND step = $3))
     ORDER BY state LIMIT 1`,
    [workflowId, runId, step],
  );
  return known;
}

/** Writes down that a step has failed again; the first of a cause is told to the operators. */
export async function recordStuck(
  tx: EntityManager,
  { notice, ...failed }: FailedStep,
  cause: Cause,
): Promise<void> {
  if (await hasFailedBefore(tx, failed)) return;
  // Of two that are the first at once, one waits, and then sees the other.
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `stuck step: ${failed.cause}`,
  ]);
  const isFirst = !(await tx.existsBy(StuckStep, { cause: failed.cause, state: 'stuck' }));
  await declareCause(tx, { ...cause, reason: failed.cause });
  await tx.insert(StuckStep, failed);
  if (notice !== null && isFirst) await tell(tx, failed, notice);
}

async function hasFailedBefore(tx: EntityManager, failed: Omit<FailedStep, 'notice'>) {
  const [known] = await tx.query<[{ id: string }[], number]>(
    `UPDATE stuck_step SET run_id = $2, step = $3, cause = $4, service = $5, tries = tries + 1,
            last_tried_at = clock_timestamp()
     WHERE workflow_id = $1 AND state = 'stuck' RETURNING id`,
    [failed.workflowId, failed.runId, failed.step, failed.cause, failed.service],
  );
  return known.length > 0;
}

async function tell(
  tx: EntityManager,
  { step, cause, service }: Omit<FailedStep, 'notice'>,
  text: string,
): Promise<void> {
  const about = { kind: 'step_stuck' as const, subjectId: service ?? step, cause };
  const before = await tx.countBy(Notice, { ...about, recipientKind: OPERATORS.box });
  await notify(tx, { ...about, recipientId: OPERATORS, text, occasion: before + 1 });
}

/** The step has succeeded, or its workflow has gone on. */
export async function resolveStuck(tx: EntityManager, id: string, cause: Cause): Promise<void> {
  await changeState(tx, 'stuck_step', id, 'resolve', cause, { endedAt: await databaseNow(tx) });
}

export interface StuckCause {
  readonly cause: string;
  readonly service: string | null;
  readonly steps: number;
  readonly since: Date;
}

/** Why steps are stuck, the most common cause first. */
export const stuckCauses = (database: Pick<DataSource, 'query'>): Promise<StuckCause[]> =>
  database.query(
    `SELECT cause, min(service) AS service, count(*) AS steps, min(first_seen_at) AS since
     FROM stuck_step WHERE state = 'stuck' GROUP BY cause ORDER BY steps DESC, cause`,
  );
