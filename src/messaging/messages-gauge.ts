import type pg from 'pg';
import { Gauge, type Registry } from 'prom-client';

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

/** Adds that count to what a process shows at /metrics; counted anew at every scrape. */
export function addMessagesGauge(registry: Registry, pool: pg.Pool): void {
  new Gauge({
    name: 'gavel_messages',
    help: 'Messages by box (outbox, inbox) and state (waiting, dead)',
    labelNames: ['box', 'state'],
    registers: [registry],
    async collect() {
      for (const { box, state, count } of await countMessages(pool)) {
        this.set({ box, state }, count);
      }
    },
  });
}
