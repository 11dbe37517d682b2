import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { arrived, waitFor } from '../../src/activities/runtime/context.ts';
import { prepareNamespace } from '../../src/worker/prepare-temporal.ts';
import { workflowIds } from '../../src/workflows/messages.ts';
import { bundleOfWorkflows, fakeActivities, quietRuntime } from '../support/stage.ts';

// A child that is abandoned by its parent's end is still cancelled with its parent, unless its cancellation
// is abandoned, too (Temporal 1.29.1, SDK 1.24.0): so this is asked of the real server.

let connection: NativeConnection;
let client: Client;
beforeAll(async () => {
  quietRuntime();
  connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  await prepareNamespace(connection, 'default', pino({ level: 'silent' }));
  client = new Client({ connection });
});
afterAll(() => connection?.close());

it('a sale that somebody cancels at Temporal leaves the payment under way alone', async () => {
  const [auctionId, paymentId] = [randomUUID(), randomUUID()];
  let paid = false;
  const activities = fakeActivities({
    extendOffer: () => Promise.resolve({ offerId: paymentId }),
    lookAtPayment: () => Promise.resolve(paid ? arrived('captured') : waitFor(null)),
  });
  const taskQueue = `cancelled-${auctionId}`;
  const workflowBundle = await bundleOfWorkflows();
  const worker = await Worker.create({ connection, taskQueue, workflowBundle, activities });
  await worker.runUntil(async () => {
    const sale = await client.workflow.start('reassignment', {
      taskQueue,
      workflowId: workflowIds.reassignment(auctionId),
      args: [{ auctionId }],
    });
    await vi.waitFor(() => expect(activities.lookAtPayment).toHaveBeenCalled(), 20_000);
    await sale.cancel();
    await expect(sale.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });

    paid = true;
    const payment = client.workflow.getHandle(workflowIds.payment(paymentId));
    await payment.signal('lookAgain');
    expect(await payment.result()).toBe('captured');
  });
});
