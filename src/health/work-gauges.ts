import type pg from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { latePeriods, messages, overdue, stuckByCause, type Late } from './work.ts';

/** Adds what shows whether the work is done to what a process has at /metrics; read anew at every scrape. */
export function addWorkGauges(registry: Registry, pool: pg.Pool): void {
  const registers = [registry];
  late('overdue', 'Things whose time has come and gone', overdue);
  late(
    'late_periods',
    'Reports, reconciliations and polls that failed or did not come',
    latePeriods,
  );

  ofMessages('messages', 'Messages by box (outbox, inbox) and state (waiting, dead)', 'count');
  ofMessages('message_age_seconds', 'Age of the oldest message by box and state', 'seconds');

  new Gauge({
    name: 'gavel_stuck_steps',
    help: 'Steps that their workflows cannot get past, by cause and by the service to blame',
    labelNames: ['cause', 'service'],
    registers,
    async collect() {
      this.reset();
      for (const { cause, service, count } of await stuckByCause(pool)) {
        this.set({ cause, service: service ?? 'none' }, count);
      }
    },
  });

  function ofMessages(name: string, help: string, figure: 'count' | 'seconds'): void {
    new Gauge({
      name: `gavel_${name}`,
      help,
      labelNames: ['box', 'state'],
      registers,
      async collect() {
        for (const { box, state, ...found } of await messages(pool)) {
          this.set({ box, state }, found[figure]);
        }
      },
    });
  }

  function late(name: string, help: string, find: (pool: pg.Pool) => Promise<Late[]>): void {
    new Gauge({
      name: `gavel_${name}`,
      help,
      labelNames: ['what'],
      registers,
      async collect() {
        this.reset();
        for (const { name: what, count } of await find(pool)) this.set({ what }, count);
      },
    });
  }
}
