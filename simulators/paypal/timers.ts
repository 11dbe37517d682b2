import type { World } from './world.ts';

export type TimerKind =
  'automaticRelease' | 'payoutSettles' | 'batchSettles' | 'batchReturns' | 'disputeIsDue';
export type TimerActions = Record<TimerKind, (world: World, subjectId: string) => void>;

/** Notes something to be done at a time of the simulator's clock. */
export function setTimer({ store }: World, atMs: number, kind: TimerKind, subjectId: string): void {
  store
    .sql('INSERT INTO timers (at_ms, kind, subject_id) VALUES (?, ?, ?)')
    .run(Math.floor(atMs), kind, subjectId);
}

/** Does what has come due, in order. Cheap when nothing has: one look into an index. */
export function runDueTimers(world: World, actions: TimerActions): void {
  const { store, clock } = world;
  const nowMs = Math.floor(clock.nowMs());
  const next =
    'SELECT sequence, kind, subject_id FROM timers WHERE at_ms <= ? ORDER BY at_ms LIMIT 1';
  for (let due = store.sql(next).get(nowMs); due; due = store.sql(next).get(nowMs)) {
    const { sequence, kind, subject_id: subjectId } = due;
    store.transaction(() => {
      store.sql('DELETE FROM timers WHERE sequence = ?').run(Number(sequence));
      actions[String(kind) as TimerKind](world, String(subjectId));
    });
  }
}
