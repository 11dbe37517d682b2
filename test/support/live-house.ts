import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { NativeConnection, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { pino } from 'pino';
import { inject } from 'vitest';
import { clientOf, startHarness, type Harness } from '../../simulators/paypal/harness.ts';
import { createActivities } from '../../src/activities/index.ts';
import { StepInterceptor } from '../../src/activities/runtime/step-interceptor.ts';
import { dispatchNext } from '../../src/messaging/inbox-dispatcher.ts';
import { relayBatch } from '../../src/messaging/outbox-relay.ts';
import type { Life, Lives, StartMessage } from '../../src/workflows/messages.ts';
import { prepareNamespace } from '../../src/worker/prepare-temporal.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { Rows } from './rows.ts';
import { bundleOfWorkflows, quietRuntime } from './stage.ts';

const log = pino({ level: 'silent' });

/**
 * The whole house on a real Temporal and in real time, with a worker as main.worker.ts makes it. Buyers pay
 * at once; only the ERP is a fake that acknowledges. Workflow ids are its own, as all tests share Temporal.
 */
export class LiveHouse {
  readonly rows: Rows;
  readonly taskQueue = `house-${randomUUID()}`;
  readonly temporal: Client;
  private heard = 0;
  /** Buyers take their time while this is set. */
  buyersWait = false;
  private working: { worker: Worker; ended: Promise<void> } | undefined;
  private pumping: { stop: AbortController; ended: Promise<void> } | undefined;

  private constructor(
    readonly test: TestDatabase,
    readonly harness: Harness,
    private readonly bundle: WorkflowBundleWithSourceMap,
    private readonly connection: Connection,
    private readonly native: NativeConnection,
  ) {
    this.rows = new Rows(test.pool);
    const onOurQueue: WorkflowClientInterceptor = {
      start: (input, next) =>
        next({ ...input, options: { ...input.options, taskQueue: this.taskQueue } }),
    };
    this.temporal = new Client({ connection, interceptors: { workflow: [onOurQueue] } });
  }

  static async open(): Promise<LiveHouse> {
    quietRuntime();
    const address = inject('temporalAddress');
    const native = await NativeConnection.connect({ address });
    await prepareNamespace(native, 'default', log);
    return new LiveHouse(
      await createTestDatabase(),
      await startHarness(),
      await bundleOfWorkflows(),
      await Connection.connect({ address }),
      native,
    );
  }

  async close(): Promise<void> {
    await this.stop();
    await Promise.all([this.connection.close(), this.native.close(), this.harness.close()]);
    await this.test.drop();
  }

  /** The worker works, and says what the outbox has to say. */
  async start(): Promise<void> {
    const { database, pool } = this.test;
    const worker = await Worker.create({
      connection: this.native,
      taskQueue: this.taskQueue,
      workflowBundle: this.bundle,
      activities: {
        ...createActivities({
          database,
          pool,
          paypal: clientOf(this.harness.simulator, 5_000),
          returnUrl: 'https://shop.example/paid',
          reports: new Map(),
          ...({} as { erp: never; reportStore: never }),
        }),
        sendDocument: () => Promise.resolve(),
        lookAtDocument: () => Promise.resolve({ done: true, state: 'acknowledged' }),
      },
      interceptors: { activity: [() => ({ inbound: new StepInterceptor(database) })] },
      maxConcurrentActivityTaskExecutions: 50,
      maxConcurrentLocalActivityExecutions: 20,
    });
    this.working = { worker, ended: worker.run() };
    const stop = new AbortController();
    this.pumping = { stop, ended: this.pump(stop.signal) };
  }

  async stop(): Promise<void> {
    this.pumping?.stop.abort();
    await this.pumping?.ended;
    this.working?.worker.shutdown();
    await this.working?.ended;
    this.pumping = this.working = undefined;
  }

  /** As the transaction that begins a life does. */
  async begins<L extends Life>(life: L, id: string, input: Lives[L]): Promise<void> {
    const workflowId = `${life === 'erpSync' ? 'erp' : life}:${id}`;
    const message: StartMessage<L> = {
      kind: 'start',
      life,
      workflowId,
      input,
      summary: life,
      attributes: {},
    };
    await this.query('INSERT INTO outbox (workflow_id, message) VALUES ($1, $2)', [
      workflowId,
      JSON.stringify(message),
    ]);
  }

  async statusOf(workflowId: string): Promise<string> {
    return (await this.temporal.workflow.getHandle(workflowId).describe()).status.name;
  }

  async query<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.test.pool.query(text, values)).rows as Row[];
  }

  private async pump(stop: AbortSignal): Promise<void> {
    const { pool, database } = this.test;
    while (!stop.aborted) {
      while ((await relayBatch({ pool, temporal: this.temporal, log })) > 0);
      await this.buyersPay();
      await this.hearPayPal();
      while ((await dispatchNext({ database, log })) > 0);
      await sleep(100, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  private async buyersPay(): Promise<void> {
    if (this.buyersWait) return;
    const asked = await this.query<{ order: string }>(
      `SELECT paypal_order_id AS order FROM payment
       WHERE state = 'created' AND paypal_order_id IS NOT NULL`,
    );
    for (const { order } of asked) {
      await this.harness.control('POST', `orders/${order}/approve`).catch(() => undefined);
    }
  }

  private async hearPayPal(): Promise<void> {
    const events = this.harness.received.slice(this.heard);
    this.heard += events.length;
    for (const { json } of events) {
      await this.query(
        `INSERT INTO inbox (provider, event_id, event_type, body) VALUES ('paypal', $1, $2, $3)
         ON CONFLICT DO NOTHING`,
        [json.id, json.event_type, json],
      );
    }
  }
}
