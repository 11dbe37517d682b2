import type { Logger } from 'pino';
import type { DataSource, EntityManager } from 'typeorm';
import { InboxMessage } from '../database/entities/index.ts';
import { cutText } from '../domain/common/cut-text.ts';
import { keepable } from '../domain/common/keepable.ts';
import { dispatchErpCallback } from './erp-callbacks.ts';
import { dispatchPayPalEvent } from './paypal-events.ts';

export interface DispatcherDeps {
  readonly database: DataSource;
  readonly log: Logger;
}

/** With the growing pause between attempts, about three hours. */
const MOST_ATTEMPTS = 15;

/**
 * Handles one waiting message, in one transaction with its effect, and says whether there was one.
 * Whatever a message leads to is written to our own database only, so it happens once.
 */
export async function dispatchNext({ database, log }: DispatcherDeps): Promise<number> {
  let taken: InboxMessage | undefined;
  try {
    return await database.transaction(async (tx) => {
      taken = await takeNext(tx);
      if (!taken) return 0;
      const concerned = await dispatch(tx, taken);
      const state = concerned ? 'dispatched' : 'ignored';
      await tx.update(InboxMessage, { id: taken.id }, { state, lastError: null });
      return 1;
    });
  } catch (error) {
    if (!taken) throw error;
    const { id, provider, eventType } = taken;
    log.warn({ id, provider, eventType, err: error }, 'message could not be dispatched');
    await postpone(database, id, error);
    return 1;
  }
}

async function takeNext(tx: EntityManager): Promise<InboxMessage | undefined> {
  const [row] = await tx.query<{ id: number }[]>(
    `SELECT id FROM inbox WHERE state = 'waiting' AND next_attempt_at <= clock_timestamp()
     ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
  );
  return row && tx.findOneByOrFail(InboxMessage, { id: row.id });
}

/** False when the message is nobody's. */
async function dispatch(tx: EntityManager, message: InboxMessage): Promise<boolean> {
  switch (message.provider) {
    case 'paypal':
      return dispatchPayPalEvent(tx, message);
    case 'erp':
      await dispatchErpCallback(tx, message);
      return true;
  }
}

async function postpone(database: DataSource, id: number, error: unknown): Promise<void> {
  const reason = error instanceof Error ? error.message : String(error);
  await database.query(
    `UPDATE inbox SET attempts = attempts + 1, last_error = $2,
            state = CASE WHEN attempts + 1 >= $3 THEN 'dead' ELSE state END,
            next_attempt_at = clock_timestamp()
              + least(interval '30 minutes', interval '1 second' * power(2, least(attempts, 12)))
     WHERE id = $1`,
    [id, cutText(keepable(reason), 2_000), MOST_ATTEMPTS],
  );
}
