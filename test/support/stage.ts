import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import proto from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { expect, vi } from 'vitest';
import { CorrelationActivityInterceptor } from '../../src/activities/runtime/correlation.ts';
import type { Activities } from '../../src/activities/index.ts';
import { correlationInterceptor } from '../../src/messaging/correlation.ts';
import type * as workflows from '../../src/workflows/index.ts';
import { LOOK_AGAIN } from '../../src/workflows/messages.ts';
import { ATTRIBUTE_KEYS } from '../../src/workflows/runtime/search-attributes.ts';
import { timeSkippingEnvironment } from './time-skipping.ts';

const HISTORIES = new URL('../replay/histories/', import.meta.url);
/** Set by `npm run record-histories`: every run of a workflow test is kept for the replay tests. */
const RECORDING = process.env.GAVEL_RECORD_HISTORIES === '1';

/** The workflows as a worker takes them, bundled once per file of tests. */
export const bundleOfWorkflows = (): Promise<WorkflowBundleWithSourceMap> =>
  bundleWorkflowCode({
    workflowsPath: source('../../src/workflows/index.ts'),
    workflowInterceptorModules: [
      source('../../src/workflows/runtime/correlation.ts'),
      source('../../src/workflows/runtime/as-new.ts'),
    ],
    logger: new DefaultLogger('ERROR'),
  });

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where the workflows play, with fakes for all they do outside, and time that skips. */
export class Stage {
  private plays = 0;

  private constructor(
    private readonly environment: TestWorkflowEnvironment,
    private readonly workflowBundle: WorkflowBundleWithSourceMap,
  ) {}

  static async open(): Promise<Stage> {
    quietRuntime();
    const environment = await timeSkippingEnvironment({
      interceptors: { workflow: [correlationInterceptor] },
    });
    const bundle = await bundleOfWorkflows();
    await registerSearchAttributes(environment);
    return new Stage(environment, bundle);
  }

  close(): Promise<void> {
    return this.environment.teardown();
  }

  /** Milliseconds since the epoch, by the clock that skips. */
  now(): Promise<number> {
    return this.environment.currentTimeMs();
  }

  /** Lets this much time pass at once. */
  async pass(duration: string | number): Promise<void> {
    await this.environment.sleep(duration as number);
  }

  describe(workflowId: string) {
    return this.environment.client.workflow.getHandle(workflowId).describe();
  }

  async terminate(workflowId: string): Promise<void> {
    await this.environment.client.workflow.getHandle(workflowId).terminate();
  }

  /** Plays one life to its end, and says how it ended, and when. */
  live<L extends keyof Lives>(
    life: L,
    workflowId: string,
    input: Parameters<Lives[L]>[0],
    activities: Partial<Activities>,
    meanwhile: (play: Play) => Promise<void> = () => Promise.resolve(),
  ) {
    return this.play(activities, async (play) => {
      const handle = await play.start(life, workflowId, input);
      await meanwhile(play);
      const end = await handle.result();
      return { end, endedAt: await play.endOf(workflowId) };
    });
  }

  /** Runs a worker with these fakes for as long as the story takes. */
  async play<T>(activities: Partial<Activities>, story: (play: Play) => Promise<T>): Promise<T> {
    const taskQueue = `play-${++this.plays}`;
    const worker = await Worker.create({
      connection: this.environment.nativeConnection,
      taskQueue,
      workflowBundle: this.workflowBundle,
      activities,
      identity: 'test',
      interceptors: { activity: [() => ({ inbound: new CorrelationActivityInterceptor() })] },
    });
    const play = new Play(this.environment, taskQueue);
    const result = await worker.runUntil(story(play));
    if (RECORDING) await play.record();
    return result;
  }
}

/** A failing attempt is what many of these tests are about; the log would only repeat it. */
export function quietRuntime(): void {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) },
    },
  });
}

/** The test server cannot list them, so what the worker does at its start does not do here. */
export async function registerSearchAttributes({
  connection,
}: TestWorkflowEnvironment): Promise<void> {
  const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
  const searchAttributes = Object.fromEntries(
    Object.keys(ATTRIBUTE_KEYS).map((name) => [name, keyword]),
  );
  await connection.operatorService.addSearchAttributes({ namespace: 'default', searchAttributes });
}

type Lives = typeof workflows;

export class Play {
  private readonly started: string[] = [];

  constructor(
    private readonly environment: TestWorkflowEnvironment,
    private readonly taskQueue: string,
  ) {}

  async start<L extends keyof Lives>(
    life: L,
    workflowId: string,
    input: Parameters<Lives[L]>[0],
  ): Promise<WorkflowHandle<Lives[L]>> {
    this.started.push(workflowId);
    const options = { taskQueue: this.taskQueue, workflowId, args: [input] };
    const { workflow } = this.environment.client;
    return (await workflow.start(life, options)) as unknown as WorkflowHandle<Lives[L]>;
  }

  /** Tells a workflow, as the outbox does, that something about its subject has changed. */
  async news(workflowId: string): Promise<void> {
    await this.environment.client.workflow.getHandle(workflowId).signal(LOOK_AGAIN);
  }

  /** When a workflow ended, by the clock that skips. */
  async endOf(workflowId: string): Promise<number> {
    const { closeTime } = await this.environment.client.workflow.getHandle(workflowId).describe();
    return closeTime!.getTime();
  }

  async isRunning(workflowId: string): Promise<boolean> {
    const { status } = await this.environment.client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING';
  }

  /** Keeps the histories of all that was started, and of the children that they started. */
  async record(): Promise<void> {
    mkdirSync(HISTORIES, { recursive: true });
    const lives: string[] = [];
    for (const workflowId of this.started) {
      const { workflow } = this.environment.client;
      const history = await workflow.getHandle(workflowId).fetchHistory();
      for (const event of history.events ?? []) {
        const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
        if (child?.workflowId) this.started.push(child.workflowId);
      }
      const life = history.events![0]!.workflowExecutionStartedEventAttributes!.workflowType!.name!;
      const place = lives.push(life) && lives.filter((each) => each === life).length;
      writeFileSync(
        new URL(`${slugOf(currentTest())}.${life}${place > 1 ? `-${place}` : ''}.json`, HISTORIES),
        `${JSON.stringify(JSON.parse(historyToJSON(history)), withoutTheMachine)}\n`,
      );
    }
  }
}

const currentTest = () => expect.getState().currentTestName!.split(' > ').slice(1).join(' ');
const slugOf = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** Where a history was recorded is nobody's business, and no replay needs it. */
function withoutTheMachine(name: string, value: unknown): unknown {
  if (name === 'identity') return 'recorded';
  return name === 'stackTrace' ? '' : value;
}

/** Everything succeeds at once, unless a test says otherwise; each call can be counted. */
export function fakeActivities(overrides: Partial<Activities> = {}): Activities {
  const fakes: Activities = {
    openIfDue: () => Promise.resolve({ done: true, state: 'open' }),
    closeIfDue: () => Promise.resolve({ done: true, state: 'awarded' }),
    endUnsold: () => Promise.resolve(),
    extendOffer: () => Promise.resolve(undefined),
    awaitAnswer: () => Promise.resolve({ done: true, state: 'accepted' }),
    openPayment: (offerId) =>
      Promise.resolve({ paymentId: offerId, sellerId: 'seller', summary: 'is to pay' }),
    awaitPayment: () => Promise.resolve({ done: true, state: 'paid' }),
    openOrder: () => Promise.resolve(),
    lookAtPayment: () => Promise.resolve({ done: true, state: 'approved' }),
    lookAtEndedPayment: () => Promise.resolve({ done: true, state: 'expired' }),
    capture: () => Promise.resolve('captured'),
    lookAtDisbursement: () => Promise.resolve({ done: true, state: 'released' }),
    release: () => Promise.resolve('released'),
    sendRefund: () => Promise.resolve('completed'),
    lookAtDispute: () => Promise.resolve({ done: true, state: 'won' }),
    sendDocument: () => Promise.resolve(),
    lookAtDocument: () => Promise.resolve({ done: true, state: 'acknowledged' }),
    giveUpDocument: () => Promise.resolve(),
    storeReport: () => Promise.resolve(),
    failReport: () => Promise.resolve(),
    queueScheduledReport: () => Promise.resolve(),
    queueDailyReconciliation: () => Promise.resolve(),
    readMovements: () => Promise.resolve(),
    compareSales: () => Promise.resolve(),
    failReconciliation: () => Promise.resolve(),
    findDisputes: () => Promise.resolve(),
    findMovements: () => Promise.resolve(),
    ...overrides,
  };
  for (const [name, fake] of Object.entries(fakes)) {
    Object.assign(fakes, { [name]: vi.fn(fake as () => Promise<unknown>) });
  }
  return fakes;
}
