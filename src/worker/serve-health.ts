import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NativeConnection, Worker } from '@temporalio/worker';
import type pg from 'pg';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { backlogs, type Backlog } from '../health/backlog.ts';
import { addWorkGauges } from '../health/work-gauges.ts';
import { mayReadMetrics } from '../metrics-access.ts';
import type { Settings } from '../settings.ts';

interface HealthDeps {
  readonly settings: Settings;
  readonly pool: pg.Pool;
}

/** What the worker works with, once it has it; until then, what it waits for. */
export type Working =
  | { readonly waitsFor: string }
  | { readonly worker: Worker; readonly connection: NativeConnection };

const PATIENCE_MS = 3_000;
/** A worker asks for tasks at least once a minute. */
const SEEN_WITHIN_MS = 180_000;

/** /healthz: the process lives. /readyz: it has a database, and gets tasks from Temporal. /metrics. */
export async function serveHealth({ settings, pool }: HealthDeps) {
  let working: Working = { waitsFor: 'it is starting' };
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addWorkGauges(registry, pool);
  addBacklogGauge(registry, () => backlogsHere(working, settings.TEMPORAL_NAMESPACE));

  const server = createServer((request, response) => {
    const answer = (status: number, body: string) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${body}\n`);
    };
    answerTo(request).then(
      ([status, body]) => answer(status, body),
      (error: unknown) => answer(503, messageOf(error)),
    );
  });

  async function answerTo(request: IncomingMessage): Promise<[number, string]> {
    switch (request.url) {
      case '/healthz':
        return [200, 'alive'];
      case '/readyz': {
        const cause = await whyNotReady();
        return cause ? [503, cause] : [200, 'ready'];
      }
      case '/metrics':
        if (!mayReadMetrics(request, settings.METRICS_TOKEN))
          return [401, 'Send METRICS_TOKEN: "Authorization: Bearer ..."'];
        return [200, await registry.metrics()];
      default:
        return [404, 'try /healthz, /readyz or /metrics'];
    }
  }

  async function whyNotReady(): Promise<string | undefined> {
    try {
      await pool.query('SELECT 1');
    } catch (error) {
      return `The database cannot be reached: ${messageOf(error)}`;
    }
    if ('waitsFor' in working) return `The worker is not ready: ${working.waitsFor}`;
    const { worker } = working;
    if (worker.getState() !== 'RUNNING') return `The worker is ${worker.getState()}`;
    try {
      const found = await backlogsHere(working, settings.TEMPORAL_NAMESPACE);
      const deaf = found.find((each) => !isPolledBy(each, worker.options.identity));
      return deaf && `The worker does not get any ${deaf.queue} from Temporal`;
    } catch (error) {
      return `Temporal at ${settings.TEMPORAL_ADDRESS} does not answer: ${messageOf(error)}`;
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(settings.WORKER_PORT, settings.API_HOST, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    /** Says what the worker has come to. */
    now(state: Working): void {
      working = state;
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

async function backlogsHere(working: Working, namespace: string): Promise<Backlog[]> {
  if ('waitsFor' in working) return [];
  const { connection } = working;
  return connection.withDeadline(Date.now() + PATIENCE_MS, () =>
    backlogs(connection.workflowService, namespace),
  );
}

const isPolledBy = ({ pollers }: Backlog, name: string | undefined): boolean =>
  pollers.some(
    ({ identity, lastSeen }) =>
      identity === name && Date.now() - lastSeen.getTime() < SEEN_WITHIN_MS,
  );

function addBacklogGauge(registry: Registry, find: () => Promise<Backlog[]>): void {
  new Gauge({
    name: 'gavel_backlog_age_seconds',
    help: 'How long the oldest task has waited in Temporal for a worker, by queue',
    labelNames: ['queue'],
    registers: [registry],
    async collect() {
      // Temporal away is what /readyz says; the other figures are there all the same.
      const found = await find().catch(() => []);
      for (const { queue, seconds } of found) this.set({ queue }, seconds);
    },
  });
}

const messageOf = (error: unknown): string => {
  if (error instanceof AggregateError) return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : 'fault';
};
