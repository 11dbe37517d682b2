import { createServer, connect, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { NativeConnection, Worker } from '@temporalio/worker';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createAuctionActivities } from '../../src/activities/auction/auction.activities.ts';
import type { Settings } from '../../src/settings.ts';
import { serveHealth } from '../../src/worker/serve-health.ts';
import { TASK_QUEUE } from '../../src/workflows/messages.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';
import { bundleOfWorkflows, quietRuntime } from '../support/stage.ts';

let test: TestDatabase;
let rows: Rows;
let api: TestApi;

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  api = await startApi(test);
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

describe('what is measured', () => {
  it('is the work: what is overdue, stuck, dead, or did not come', async () => {
    await rows.auction({ state: 'scheduled' });
    await rows.auction({ state: 'open', closesInMs: -600_000 });
    const paid = await rows.payment(await rows.offer(await rows.auction(), { state: 'accepted' }));
    await test.pool.query(`UPDATE payment SET pay_until = now() - interval '1 hour'`);
    await rows.disbursement(paid);
    await test.pool.query(`UPDATE disbursement SET due_at = now() - interval '1 hour'`);
    await rows.stuckStep({ cause: 'out of reach' });
    await test.pool.query(
      `INSERT INTO outbox (workflow_id, message, state, created_at)
       VALUES ('auction:1', '{}', 'dead', now() - interval '1 hour')`,
    );
    await test.pool.query(
      `INSERT INTO paypal_poll VALUES ('disputes', now() - interval '3 hours')`,
    );

    const { text } = await api.get('/metrics');
    expect(text).toContain('gavel_overdue{what="auctions to open"} 1');
    expect(text).toContain('gavel_overdue{what="auctions to close"} 1');
    expect(text).toContain('gavel_overdue{what="payments to expire"} 1');
    expect(text).toContain('gavel_overdue{what="money to release"} 1');
    expect(text).toContain('gavel_stuck_steps{cause="out of reach",service="none"} 1');
    expect(text).toContain('gavel_messages{box="outbox",state="dead"} 1');
    expect(text).toMatch(/gavel_message_age_seconds\{box="outbox",state="dead"\} 36\d\d/);
    expect(text).toContain('gavel_late_periods{what="poll of disputes (missing)"} 1');
  });
});

describe('an auction whose whole time passed while the worker was away', () => {
  it('is unsold as never opened, and its seller and the operators hear why', async () => {
    const auctionId = await rows.auction({ state: 'scheduled', closesInMs: -60_000 });
    const { openIfDue } = createAuctionActivities({ database: test.database });
    const found: unknown = await new MockActivityEnvironment().run(openIfDue, auctionId);
    expect(found).toEqual({ done: true, state: 'unsold' });
    const { rows: auctions } = await test.pool.query(
      'SELECT state, unsold_reason FROM auction WHERE id = $1',
      [auctionId],
    );
    expect(auctions).toEqual([{ state: 'unsold', unsold_reason: 'never_opened' }]);
    const { rows: told } = await test.pool.query(
      'SELECT recipient_id FROM notice WHERE subject_id = $1 ORDER BY 1',
      [auctionId],
    );
    expect(told.map(({ recipient_id }) => recipient_id as string)).toEqual(['operators', 'seller']);
  });
});

describe('a worker', () => {
  it('is ready only while it gets its tasks from Temporal, and says what it waits for', async () => {
    quietRuntime();
    const way = await WayToTemporal.open(inject('temporalAddress'));
    const settings = { TEMPORAL_NAMESPACE: 'default', TEMPORAL_ADDRESS: way.address };
    const health = await serveHealth({
      settings: { ...settings, WORKER_PORT: 0, API_HOST: '127.0.0.1' } as Settings,
      pool: test.pool,
    });
    const readyz = async () => {
      const response = await fetch(`http://127.0.0.1:${health.port}/readyz`);
      return `${response.status} ${(await response.text()).trim()}`;
    };
    health.now({ waitsFor: 'it waits for Temporal' });
    expect(await readyz()).toBe('503 The worker is not ready: it waits for Temporal');

    const connection = await NativeConnection.connect({ address: way.address });
    const worker = await Worker.create({
      connection,
      taskQueue: TASK_QUEUE,
      workflowBundle: await bundleOfWorkflows(),
      activities: { none: () => Promise.resolve() },
      identity: `worker-${way.address}`,
    });
    health.now({ worker, connection });
    const running = worker.run();
    await vi.waitFor(async () => expect(await readyz()).toBe('200 ready'), WAITS);

    way.block();
    const away = `503 Temporal at ${way.address} does not answer`;
    await vi.waitFor(async () => expect(await readyz()).toContain(away), WAITS);

    await way.unblock();
    await vi.waitFor(async () => expect(await readyz()).toBe('200 ready'), WAITS);
    worker.shutdown();
    await running;
    await Promise.all([health.close(), connection.close()]);
    way.block();
  });
});

const WAITS = { timeout: 40_000, interval: 250 };

/** A way to Temporal that can be blocked. */
class WayToTemporal {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly target: string,
    private port: number,
  ) {}

  static async open(target: string): Promise<WayToTemporal> {
    const way = new WayToTemporal(target, 0);
    await way.unblock();
    return way;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async unblock(): Promise<void> {
    const [host, port] = this.target.split(':') as [string, string];
    const server = createServer((client) => {
      const there = connect(Number(port), host);
      for (const socket of [client, there]) {
        this.sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
      client.pipe(there).pipe(client);
    });
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  block(): void {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
  }
}
