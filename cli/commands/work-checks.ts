import { Connection } from '@temporalio/client';
import pg from 'pg';
import { backlogs } from '../../src/health/backlog.ts';
import { latePeriods, messages, overdue, stuckByCause, type Late } from '../../src/health/work.ts';
import { temporalConnection, type Settings } from '../../src/settings.ts';
import type { Check } from './doctor-checks.ts';

/** A task that has waited this long waits for a worker that is away, or has no place for it. */
const LONGEST_BACKLOG_S = 60;
/** A message that has waited this long is not on its way any more. */
const LONGEST_MESSAGE_S = 300;

/** Whether the work is done: not what runs, but what has come of it. */
export const WORK_CHECKS: readonly Check[] = [
  {
    name: 'backlog',
    needs: ['temporal'],
    examine: examineBacklog,
    remedy: 'See the line of the worker; if it is well, start another.',
  },
  {
    name: 'overdue',
    needs: ['database'],
    examine: (settings) => nothingLate(settings, overdue, 'nothing is overdue'),
    remedy: 'See the lines of stuck and worker; GET /v1/stuck-steps lists what cannot go on.',
  },
  {
    name: 'stuck',
    needs: ['database'],
    examine: examineStuck,
    remedy:
      'Mend each cause, then POST /v1/stuck-steps/retry with it; GET /v1/stuck-steps lists them.',
  },
  {
    name: 'messages',
    needs: ['database'],
    examine: examineMessages,
    remedy: 'GET /v1/messages/outbox (or inbox) says why; POST …/<id>/replay when it is mended.',
  },
  {
    name: 'periods',
    needs: ['database'],
    examine: (settings) =>
      nothingLate(settings, latePeriods, 'reports, reconciliation and polls have run'),
    remedy: 'Look at its workflow in Temporal, and GET /v1/notices; then ask for it again.',
  },
];

async function withPool<Found>(
  { DATABASE_URL }: Settings,
  find: (pool: pg.Pool) => Promise<Found>,
): Promise<Found> {
  const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 1 });
  return find(pool).finally(() => pool.end());
}

async function nothingLate(
  settings: Settings,
  find: (pool: pg.Pool) => Promise<Late[]>,
  well: string,
): Promise<string> {
  const late = await withPool(settings, find);
  if (late.length === 0) return well;
  const named = late.map(({ name, count, seconds }) => `${count} ${name} (${ago(seconds)})`);
  throw new Error(named.join(', '));
}

async function examineStuck(settings: Settings): Promise<string> {
  const causes = await withPool(settings, stuckByCause);
  if (causes.length === 0) return 'no step is stuck';
  throw new Error(causes.map(({ cause, count }) => `${count} × ${cause}`).join('; '));
}

async function examineMessages(settings: Settings): Promise<string> {
  const found = await withPool(settings, messages);
  const wrong = found.filter(
    ({ state, count, seconds }) => count > 0 && (state === 'dead' || seconds > LONGEST_MESSAGE_S),
  );
  if (wrong.length === 0) return 'none is dead, none waits for long';
  throw new Error(
    wrong
      .map(({ box, state, count, seconds }) => `${count} ${state} in the ${box} (${ago(seconds)})`)
      .join(', '),
  );
}

async function examineBacklog(settings: Settings): Promise<string> {
  const connection = await Connection.connect({
    ...temporalConnection(settings),
    connectTimeout: '5 s',
  });
  try {
    const { workflowService } = connection;
    const found = await backlogs(workflowService, settings.TEMPORAL_NAMESPACE);
    const told = found.map(
      ({ queue, count, seconds }) => `${count} ${queue} wait (${ago(seconds)})`,
    );
    if (found.some(({ seconds }) => seconds > LONGEST_BACKLOG_S)) throw new Error(told.join(', '));
    return told.join(', ');
  } finally {
    await connection.close();
  }
}

const ago = (seconds: number): string =>
  seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
