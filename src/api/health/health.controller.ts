import { Controller, Get, Header, Inject, Req } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type pg from 'pg';
import { messages } from '../../health/work.ts';
import { METRICS_TOKEN, POOL } from '../dependencies.ts';
import { AllowAnyone } from '../http/access.ts';
import { mayReadMetrics } from '../../metrics-access.ts';
import { Problem } from '../http/problem.ts';
import { unauthorized } from '../http/tokens.ts';
import { Metrics } from './metrics.ts';

@ApiExcludeController()
@Controller()
@AllowAnyone()
export class HealthController {
  constructor(
    @Inject(POOL) private readonly pool: pg.Pool,
    private readonly metrics: Metrics,
    @Inject(METRICS_TOKEN) private readonly metricsToken: string | undefined,
  ) {}

  /** The process lives. */
  @Get('healthz')
  live() {
    return { status: 'alive' };
  }

  /** It can do its work: only the database is needed; Temporal may be away while bids are taken. */
  @Get('readyz')
  async ready() {
    const found = await messages(this.pool).catch(() => {
      throw new Problem(503, 'not_ready', 'The database cannot be reached, or is not migrated.');
    });
    const dead = found.filter(({ state }) => state === 'dead');
    return { status: 'ready', deadMessages: dead.reduce((sum, { count }) => sum + count, 0) };
  }

  @Get('metrics')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  scrape(@Req() request: FastifyRequest): Promise<string> {
    if (!mayReadMetrics(request.raw, this.metricsToken)) {
      throw unauthorized('Metrics are for this machine itself, or for who has METRICS_TOKEN.');
    }
    return this.metrics.text();
  }
}
