import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import type pg from 'pg';
import type { Logger } from 'pino';
import { cutText } from '../domain/common/cut-text.ts';
import {
  LOOK_AGAIN,
  TASK_QUEUE,
  type StartMessage,
  type WorkflowMessage,
} from '../workflows/messages.ts';
import { searchAttributes } from '../workflows/runtime/search-attributes.ts';
import { withCorrelation } from './correlation.ts';

export interface RelayDeps {
  readonly pool: pg.Pool;
  readonly temporal: Client;
  readonly log: Logger;
}

const LARGEST_BATCH = 50;
/** With the growing pause between attempts, about a day. */
const MOST_ATTEMPTS = 40;

interface Row {
  id: number;
  workflow_id: string;
  message: WorkflowMessage;
  correlation_id: string | null;
  attempts: number;
}

/**
 * One batch of the outbox to Temporal; returns how many rows it took. Several relays may run: each
 * takes what no other has locked, and never a row before an earlier one of the same workflow. A relay
 * that dies after the call and before its commit says things twice, which Temporal (for a start) and
 * the workflows (for a look) take as once.
 */
export async function relayBatch({ pool, temporal, log }: RelayDeps): Promise<number> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const { rows } = await client.query<Row>(
      `SELECT id, workflow_id, message, correlation_id, attempts FROM outbox AS candidate
       WHERE state = 'waiting' AND next_attempt_at <= clock_timestamp()
         AND NOT EXISTS (SELECT FROM outbox AS earlier
                         WHERE earlier.workflow_id = candidate.workflow_id
                           AND earlier.state = 'waiting' AND earlier.id < candidate.id)
       ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`,
      [LARGEST_BATCH],
    );
    const results = await Promise.all(rows.map((row) => relay(temporal, log, row)));
    await client.query(
      `UPDATE outbox SET state = r.state, attempts = attempts + 1, last_error = r.error,
              next_attempt_at = clock_timestamp()
                + least(interval '1 hour', interval '1 second' * power(2, least(attempts, 12)))
       FROM unnest($1::bigint[], $2::text[], $3::text[]) AS r (id, state, error)
       WHERE outbox.id = r.id`,
      [rows.map(({ id }) => id), results.map((r) => r.state), results.map((r) => r.error)],
    );
    await client.query('COMMIT');
    client.release();
    return rows.length;
  } catch (error) {
    client.release(true);
    throw error;
  }
}

interface Relayed {
  readonly state: 'relayed' | 'waiting' | 'dead';
  readonly error: string | null;
}

async function relay(temporal: Client, log: Logger, row: Row): Promise<Relayed> {
  try {
    await say(temporal, row);
    return { state: 'relayed', error: null };
  } catch (error) {
    // Temporal itself is away: that is no row's fault, and the whole batch is tried again soon.
    if (isAway(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const dead = row.attempts + 1 >= MOST_ATTEMPTS;
    const { id, workflow_id: workflowId } = row;
    if (dead) log.error({ id, workflowId, err: error }, 'outbox row is dead');
    return { state: dead ? 'dead' : 'waiting', error: cutText(message, 2_000) };
  }
}

/** gRPC's DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED and UNAVAILABLE. */
const AWAY_CODES = [4, 8, 14];

function isAway(error: unknown): boolean {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'number') return AWAY_CODES.includes(code);
  return cause !== undefined && isAway(cause);
}

async function say(temporal: Client, { message, correlation_id }: Row): Promise<void> {
  if (message.kind === 'start') {
    await withCorrelation(correlation_id, () => start(temporal, message));
    return;
  }
  try {
    await temporal.workflow.getHandle(message.workflowId).signal(LOOK_AGAIN);
  } catch (error) {
    // It has ended: there is nothing left to look at.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

async function start(temporal: Client, message: StartMessage): Promise<void> {
  try {
    await temporal.workflow.start(message.life, {
      workflowId: message.workflowId,
      taskQueue: TASK_QUEUE,
      args: [message.input],
      // One id is one life: what runs or has come to its end is left alone, unless its subject may begin
      // another; what Temporal or a person has cut short begins again, where PostgreSQL says that it stands.
      workflowIdReusePolicy: message.again ? 'ALLOW_DUPLICATE' : 'ALLOW_DUPLICATE_FAILED_ONLY',
      staticSummary: message.summary,
      typedSearchAttributes: searchAttributes(message.attributes),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
