import type pg from 'pg';

/** How many messages wait, and how many are dead: what an operator should be woken for. */
export async function countMessages(
  pool: pg.Pool,
): Promise<{ box: 'outbox' | 'inbox'; state: 'waiting' | 'dead'; count: number }[]> {
  const { rows } = await pool.query(
    `SELECT 'outbox' AS box, 'waiting' AS state, count(*) FROM outbox WHERE state = 'waiting'
     UNION ALL SELECT 'outbox', 'dead', count(*) FROM outbox WHERE state = 'dead'
     UNION ALL SELECT 'inbox', 'waiting', count(*) FROM inbox WHERE state = 'waiting'
     UNION ALL SELECT 'inbox', 'dead', count(*) FROM inbox WHERE state = 'dead'`,
  );
  return rows;
}
