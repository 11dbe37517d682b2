import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { MockActivityEnvironment } from '@temporalio/testing';
import { Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import pg from 'pg';
import { pino } from 'pino';
import type { DataSource } from 'typeorm';
import { expect, vi } from 'vitest';
import { StepInterceptor } from '../../src/activities/runtime/step-interceptor.ts';
import { createActivities, type Activities } from '../../src/activities/index.ts';
import type { Change } from '../../src/api/http/change.ts';
import { createDatabase } from '../../src/database/data-source.ts';
import { Disbursement, Payment, type Notice } from '../../src/database/entities/index.ts';
import { dispatchNext } from '../../src/messaging/inbox-dispatcher.ts';
import { relayBatch } from '../../src/messaging/outbox-relay.ts';
import { TASK_QUEUE } from '../../src/workflows/messages.ts';
import { clientOf, startHarness, type Harness } from '../../simulators/paypal/harness.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { Rows } from './rows.ts';
import { bundleOfWorkflows, quietRuntime, registerSearchAttributes } from './stage.ts';
import { timeSkippingEnvironment } from './time-skipping.ts';

const log = pino({ level: 'silent' });
const BUYER = 'anna';
const CLOSE_ENOUGH_MS = 3;

/**
 * The whole house on a time that skips: workflows, activities, PostgreSQL, outbox, inbox and the PayPal
 * simulator, whose clocks keep step with Temporal's. Only the ERP is a fake that acknowledges.
 */
export class SkippingHouse {
  readonly rows: Rows;
  private scenes = 0;

  private constructor(
    private readonly bundle: WorkflowBundleWithSourceMap,
    private readonly test: TestDatabase,
    readonly database: DataSource,
    readonly pool: pg.Pool,
  ) {
    this.rows = new Rows(pool);
  }

  static async open(): Promise<SkippingHouse> {
    quietRuntime();
    const test = await createTestDatabase();
    const url = await ownClock(test);
    const database = await createDatabase({ url, poolSize: 8 }).initialize();
    const pool = new pg.Pool({ connectionString: url, max: 4 });
    return new SkippingHouse(await bundleOfWorkflows(), test, database, pool);
  }

  async close(): Promise<void> {
    await Promise.all([this.database.destroy(), this.pool.end()]);
    await this.test.drop();
  }

  /**
   * Plays a story with a PayPal and a Temporal of its own: what one story leaves unfinished would stop
   * the time of the next.
   */
  async play(story: (scene: Scene) => Promise<void>): Promise<void> {
    const harness = await startHarness();
    const environment = await timeSkippingEnvironment();
    await registerSearchAttributes(environment);
    const scene = new Scene(this, environment, harness, `seller-${++this.scenes}`);
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue: TASK_QUEUE,
      workflowBundle: this.bundle,
      activities: scene.activities,
      identity: 'test',
      interceptors: { activity: [() => ({ inbound: new StepInterceptor(this.database) })] },
    });
    const running = worker.run();
    try {
      await scene.catchUp();
      await story(scene);
    } finally {
      worker.shutdown();
      await running;
      await environment.teardown();
      await this.pool.query('DELETE FROM outbox');
      await harness.close();
    }
  }
}

/** What a test does and sees while its story plays. */
export class Scene {
  readonly activities: Activities;
  /** Runs a step as an activity of some workflow. */
  private readonly steps = new MockActivityEnvironment();
  private heard = 0;
  private polls = 0;
  private paypalAheadMs = 0;
  /** Webhooks are lost while this is set. */
  deaf = false;

  constructor(
    readonly house: SkippingHouse,
    private readonly environment: TestWorkflowEnvironment,
    readonly harness: Harness,
    readonly sellerId: string,
  ) {
    this.activities = this.inStep({
      ...createActivities({
        database: house.database,
        pool: house.pool,
        paypal: clientOf(harness.simulator, 1_000),
        returnUrl: 'https://shop.example/paid',
        reports: new Map(),
        ...({} as { erp: never; reportStore: never }),
      }),
      sendDocument: () => Promise.resolve(),
      lookAtDocument: () => Promise.resolve({ done: true, state: 'acknowledged' }),
    });
  }

  /** The clocks agree when an activity begins, and what it says is heard before time goes on. */
  private inStep(activities: Activities): Activities {
    const wrapped = Object.entries(activities).map(([name, activity]) => [
      name,
      async (...given: unknown[]) => {
        await this.keepStep();
        const answer = await (activity as (...given: unknown[]) => Promise<unknown>)(...given);
        await this.relay();
        return answer;
      },
    ]);
    return Object.fromEntries(wrapped) as Activities;
  }

  async now(): Promise<number> {
    return this.environment.currentTimeMs();
  }

  /** Goes on from the time at which the story before has ended: PostgreSQL's is never set back. */
  async catchUp(): Promise<void> {
    const [clock] = await this.query<{ ms: number }>('SELECT ms FROM test_clock.ahead');
    if (clock!.ms > 0) await this.environment.sleep(clock!.ms);
    await this.keepStep();
  }

  /** Brings PostgreSQL's clock and PayPal's to Temporal's time. */
  async keepStep(): Promise<void> {
    const nowMs = await this.now();
    const aheadMs = nowMs - Date.now();
    const advanceMs = aheadMs - this.paypalAheadMs;
    if (Math.abs(advanceMs) < CLOSE_ENOUGH_MS) return;
    await this.house.pool.query('UPDATE test_clock.ahead SET ms = $1', [aheadMs]);
    if (advanceMs < 0) return;
    this.paypalAheadMs = aheadMs;
    await this.harness.control('POST', 'clock', { advanceMs });
  }

  /** Lets this much time pass; then PayPal's events of that time are heard. */
  async pass(duration: string): Promise<void> {
    await this.relay();
    await this.environment.sleep(duration as never);
    await this.keepStep();
    await this.hearPayPal();
  }

  /** The outbox says what it has to say, to the last word. */
  async relay(): Promise<void> {
    const { client: temporal } = this.environment;
    while ((await relayBatch({ pool: this.house.pool, temporal, log })) > 0);
  }

  /** PayPal's webhooks reach the inbox, and what they lead to is said. */
  async hearPayPal(): Promise<void> {
    await vi.waitFor(async () => {
      type Deliveries = { deliveries: { state: string }[] };
      const { deliveries } = await this.harness.control<Deliveries>('GET', 'webhooks');
      expect(deliveries.filter(({ state }) => state === 'waiting')).toEqual([]);
    });
    const events = this.harness.received.slice(this.heard);
    this.heard = this.harness.received.length;
    if (this.deaf) return;
    for (const { json } of events) {
      await this.house.pool.query(
        `INSERT INTO inbox (provider, event_id, event_type, body) VALUES ('paypal', $1, $2, $3)
         ON CONFLICT DO NOTHING`,
        [json.id, json.event_type, json],
      );
    }
    while ((await dispatchNext({ database: this.house.database, log })) > 0);
    await this.relay();
  }

  /** All of PayPal's events come once more, those that were lost among them. */
  async hearAgain(): Promise<void> {
    this.heard = 0;
    await this.hearPayPal();
  }

  /** PayPal is polled, as the schedules have it done, and what that leads to is done. */
  async poll(): Promise<void> {
    const { workflow } = this.environment.client;
    for (const life of ['pollDisputes', 'pollTransactions'] as const) {
      const workflowId = `${life}-${this.sellerId}-${++this.polls}`;
      await workflow.start(life, { taskQueue: TASK_QUEUE, workflowId });
      // Not its result: who awaits that lets the time skip.
      await vi.waitFor(async () => expect(await this.isRunning(workflowId)).toBe(false), 20_000);
    }
    await this.pass('10 seconds');
  }

  /** A piece of 400.00 EUR that the buyer has paid; its disbursement has begun. */
  async paidSale(wanted: { sellerId?: string; policy?: object } = {}): Promise<Sale> {
    const sellerId = wanted.sellerId ?? this.sellerId;
    const given = { sellerId, policy: wanted.policy ?? null };
    const auctionId = await this.house.rows.wonAuction(given, BUYER);
    const offer = await this.step('extendOffer', auctionId);
    const { paymentId } = (await this.step('openPayment', offer!.offerId))!;
    await this.step('openOrder', paymentId);
    const { paypalOrderId } = await this.payment(paymentId);
    await this.harness.control('POST', `orders/${paypalOrderId}/approve`);
    await this.step('lookAtPayment', paymentId);
    await this.step('capture', paymentId);
    const { captureId } = await this.payment(paymentId);
    const { id } = await this.house.database.manager.findOneByOrFail(Disbursement, { paymentId });
    return { auctionId, paymentId, sellerId, captureId: captureId!, disbursementId: id };
  }

  /** Runs one activity by itself. */
  step<Name extends keyof Activities>(
    name: Name,
    ...given: Parameters<Activities[Name]>
  ): ReturnType<Activities[Name]> {
    const activity = this.activities[name] as (...given: unknown[]) => Promise<never>;
    return this.steps.run(activity, ...given) as ReturnType<Activities[Name]>;
  }

  /** A person does something by the API's services. */
  async operator<T>(act: (change: Change) => Promise<T>): Promise<T> {
    const answer = await this.house.database.transaction((tx) =>
      act({
        tx,
        cause: (reason) => ({ actorKind: 'operator', actorId: 'oda', reason }),
        correlationId: 'test',
        idempotencyKey: 'test',
      }),
    );
    await this.relay();
    return answer;
  }

  payment(id: string): Promise<Payment> {
    return this.house.database.manager.findOneByOrFail(Payment, { id });
  }

  disbursement({ disbursementId: id }: Sale): Promise<Disbursement> {
    return this.house.database.manager.findOneByOrFail(Disbursement, { id });
  }

  async auctionState({ auctionId }: Sale): Promise<string> {
    const found = await this.query<{ state: string }>(
      'SELECT state FROM auction WHERE id = $1',
      auctionId,
    );
    return found[0]!.state;
  }

  /** The balance of each account from the entries of one sale; those of nothing are left out. */
  async balances({ auctionId, sellerId }: Sale): Promise<Record<string, number>> {
    const found = await this.query<{ account: string; sum: number }>(
      `SELECT account, sum(amount_minor)::bigint AS sum
       FROM ledger_entry JOIN ledger_transaction ON ledger_transaction.id = transaction_id
       WHERE auction_id = $1 GROUP BY account HAVING sum(amount_minor) <> 0`,
      auctionId,
    );
    const named = found.map(({ account, sum }) => [account.replace(sellerId, 'SELLER'), sum]);
    return Object.fromEntries(named) as Record<string, number>;
  }

  /** Kinds of the sale's ERP documents, sorted. */
  async documents({ auctionId }: Sale): Promise<string[]> {
    const found = await this.query<{ kind: string }>(
      'SELECT kind FROM erp_document WHERE auction_id = $1 ORDER BY kind',
      auctionId,
    );
    return found.map(({ kind }) => kind);
  }

  /** What somebody was told about a subject: kinds and texts, oldest first. */
  notices(subjectId: string, recipientId = 'operators'): Promise<Pick<Notice, 'kind' | 'text'>[]> {
    return this.query(
      'SELECT kind, text FROM notice WHERE subject_id = $1 AND recipient_id = $2 ORDER BY id',
      subjectId,
      recipientId,
    );
  }

  async kindsOfNotices(subjectId: string, recipientId?: string): Promise<string[]> {
    return (await this.notices(subjectId, recipientId)).map(({ kind }) => kind);
  }

  /** How often, and for how much in minor units, money really moved at PayPal. */
  async effects(): Promise<Partial<Record<EffectKind, { count: number; amountMinor: number }>>> {
    type Effects = { totals: Record<EffectKind, { count: number; amountMinor: number }> };
    const { totals } = await this.harness.control<Effects>('GET', 'effects');
    const { order, ...money } = totals;
    void order;
    return money;
  }

  async isRunning(workflowId: string): Promise<boolean> {
    const { status } = await this.environment.client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  }

  /** How long the history of a workflow is. */
  async eventsOf(workflowId: string): Promise<number> {
    const { historyLength } = await this.environment.client.workflow
      .getHandle(workflowId)
      .describe();
    return historyLength;
  }

  async query<Row>(text: string, ...values: unknown[]): Promise<Row[]> {
    return (await this.house.pool.query(text, values)).rows as Row[];
  }
}

export interface Sale {
  readonly auctionId: string;
  readonly paymentId: string;
  readonly sellerId: string;
  readonly captureId: string;
  readonly disbursementId: string;
}

type EffectKind = 'order' | 'capture' | 'refund' | 'payout' | 'automaticRelease' | 'reversal';

/**
 * Gives a database a clock that can be set: functions of the same names, found before PostgreSQL's own.
 * Returns the address under which connections have it.
 */
async function ownClock(test: TestDatabase): Promise<string> {
  const ahead = "(SELECT ms FROM test_clock.ahead) * interval '1 millisecond'";
  await test.pool.query(`
    CREATE SCHEMA test_clock;
    CREATE TABLE test_clock.ahead (ms bigint NOT NULL);
    INSERT INTO test_clock.ahead VALUES (0);
    CREATE FUNCTION test_clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
      AS $$ SELECT pg_catalog.clock_timestamp() + ${ahead} $$;
    CREATE FUNCTION test_clock.now() RETURNS timestamptz LANGUAGE sql STABLE
      AS $$ SELECT pg_catalog.now() + ${ahead} $$;
    -- A default keeps the function that it was written with.
    ALTER TABLE transition ALTER at SET DEFAULT test_clock.clock_timestamp();
  `);
  const url = new URL(test.url);
  url.searchParams.set('options', '-c search_path=public,test_clock,pg_catalog');
  return url.href;
}
