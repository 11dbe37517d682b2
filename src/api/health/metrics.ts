import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type pg from 'pg';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { addWorkGauges } from '../../health/work-gauges.ts';
import { POOL } from '../dependencies.ts';
import { LiveStreams } from '../live/live-streams.ts';

@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: 'gavel_http_request_seconds',
    help: 'Duration of HTTP requests by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2],
    registers: [this.registry],
  });

  constructor(@Inject(POOL) pool: pg.Pool, streams: LiveStreams) {
    collectDefaultMetrics({ register: this.registry });
    addWorkGauges(this.registry, pool);
    new Gauge({
      name: 'gavel_live_streams',
      help: 'Live streams that are open on this process',
      registers: [this.registry],
      collect() {
        this.set(streams.size);
      },
    });
  }

  /** Until its answer is written: a hook on what comes after would cost each request two listeners. */
  observe(app: FastifyInstance): void {
    app.decorateRequest('cameAtMs', 0);
    app.addHook('onRequest', (request, _reply, done) => {
      request.cameAtMs = performance.now();
      done();
    });
    app.addHook('onSend', (request, reply, _payload, done) => {
      const route = request.routeOptions.url ?? 'none';
      const labels = { method: request.method, route, status: reply.statusCode };
      this.requests.observe(labels, (performance.now() - request.cameAtMs) / 1_000);
      done();
    });
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }
}
