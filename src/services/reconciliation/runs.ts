import type { EntityManager } from 'typeorm';
import { workflowIds, type StartMessage } from '../../workflows/messages.ts';
import { ReconciliationRun } from '../../database/entities/index.ts';
import { sendLater } from '../../database/outbox.ts';

/** One page of PayPal's report; a hold of 28 days has its capture and its release in it. */
export const USUAL_RANGE_MS = 31 * 24 * 3_600_000;

/** Queues the comparison of what happened in a range, `to` not included. */
export async function queueRun(
  tx: EntityManager,
  range: { from: Date; to: Date },
  { scheduleKey, correlationId }: { scheduleKey?: string; correlationId?: string } = {},
): Promise<string | undefined> {
  const [run] = await tx.query<{ id: string }[]>(
    `INSERT INTO reconciliation_run (from_at, to_at, schedule_key) VALUES ($1, $2, $3)
     ON CONFLICT (schedule_key) DO NOTHING RETURNING id`,
    [range.from, range.to, scheduleKey ?? null],
  );
  if (!run) return undefined;
  await sendLater(tx, startMessage(run.id), correlationId);
  return run.id;
}

const startMessage = (runId: string): StartMessage<'reconciliation'> => ({
  kind: 'start',
  life: 'reconciliation',
  workflowId: workflowIds.reconciliation(runId),
  input: { runId },
  summary: 'Compares the ledger with PayPal and the ERP',
  attributes: {},
});

/** Up to where the daily runs have compared; nothing between two of them is left out. */
export async function lastDailyEnd(tx: EntityManager): Promise<Date | null> {
  return tx
    .createQueryBuilder(ReconciliationRun, 'run')
    .select('max(run.to_at)', 'at')
    .where(`run.schedule_key IS NOT NULL AND run.state = 'compared'`)
    .getRawOne<{ at: Date | null }>()
    .then((found) => found?.at ?? null);
}
