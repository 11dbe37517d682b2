import { Worker } from '@temporalio/worker';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithTimeSkipping, timeSkippingEnvironment } from '../support/time-skipping.ts';

// When this fails, the tests of workflows beside it say nothing about workflows.
describeWithTimeSkipping('the test server', () => {
  let environment: TestWorkflowEnvironment;
  beforeAll(async () => (environment = await timeSkippingEnvironment()));
  afterAll(() => environment?.teardown());

  it('waits 28 days in a moment', async () => {
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue: 'waiting',
      workflowsPath: new URL('../support/waiting.workflow.ts', import.meta.url).pathname,
    });
    const began = performance.now();

    const waitedMs = await worker.runUntil(
      environment.client.workflow.execute('waiting', {
        taskQueue: 'waiting',
        workflowId: 'waiting',
        args: ['28 days'],
      }),
    );

    expect(waitedMs).toBeGreaterThanOrEqual(28 * 24 * 3_600_000);
    expect(performance.now() - began).toBeLessThan(30_000);
  });
});
