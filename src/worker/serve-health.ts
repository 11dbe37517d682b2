import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Worker } from '@temporalio/worker';
import type pg from 'pg';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { DataSource } from 'typeorm';
import { addMessagesGauge } from '../messaging/messages-gauge.ts';
import type { Settings } from '../settings.ts';

interface HealthDeps {
  readonly settings: Settings;
  readonly database: DataSource;
  readonly worker: Worker;
  readonly pool: pg.Pool;
}

/** /healthz: the process lives. /readyz: it polls Temporal and reaches the database. /metrics. */
export async function serveHealth({ settings, database, worker, pool }: HealthDeps) {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addMessagesGauge(registry, pool);

  const server = createServer((request, response) => {
    const answer = (status: number, body: string) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(body);
    };
    answerTo(request.url ?? '/').then(
      ([status, body]) => answer(status, body),
      (error: unknown) => answer(503, `${error instanceof Error ? error.message : 'fault'}\n`),
    );
  });

  async function answerTo(url: string): Promise<[number, string]> {
    switch (url) {
      case '/healthz':
        return [200, 'alive\n'];
      case '/readyz':
        await database.query('SELECT 1');
        return worker.getState() === 'RUNNING' ? [200, 'ready\n'] : [503, `${worker.getState()}\n`];
      case '/metrics':
        return [200, await registry.metrics()];
      default:
        return [404, 'try /healthz, /readyz or /metrics\n'];
    }
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(settings.WORKER_PORT, settings.API_HOST, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
