import type pg from 'pg';

/**
 * Lets a lost connection end no process. The pool hears of one that is idle, and replaces it. Of one in
 * use, or just being handed over, the next statement rejects, which is enough; but Node ends a process
 * where nobody listens at all.
 */
export function surviveLosses(
  pool: pg.Pool,
  lost: (error: Error) => void = () => undefined,
): pg.Pool {
  pool.on('error', lost);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
