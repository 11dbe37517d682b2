import { MockActivityEnvironment } from '@temporalio/testing';
import { createReconciliationActivities } from '../../src/activities/reconciliation/reconciliation.activities.ts';
import { ReconciliationRun } from '../../src/database/entities/index.ts';
import type { Erp } from '../../src/integrations/erp/erp.ts';
import { clientOf } from '../../simulators/paypal/harness.ts';
import type { Sale, Scene, SkippingHouse } from './skipping-house.ts';

/** What a reconciliation reads at PayPal and finds about the sales; the ERP has all documents. */
export async function reconcile(
  house: SkippingHouse,
  scene: Scene,
  sales: readonly Sale[],
): Promise<{ paypalRecords: number | null; differences: unknown[] }> {
  const status = { revision: 1, status: 'acknowledged' };
  const erp = { documents: { get: () => Promise.resolve(status) } } as unknown as Erp;
  const { readMovements, compareSales } = createReconciliationActivities({
    database: house.database,
    paypal: clientOf(scene.harness.simulator),
    erp,
  });
  await scene.pass('1 minute');
  const id = await house.rows.reconciliationRun();
  const step = new MockActivityEnvironment();
  await step.run(readMovements, id);
  await step.run(compareSales, id);
  const run = await house.database.manager.findOneByOrFail(ReconciliationRun, { id });
  // What other stories have left, this PayPal has never heard of.
  const differences = await scene.query(
    'SELECT * FROM difference WHERE auction_id = ANY($1)',
    sales.map(({ auctionId }) => auctionId),
  );
  return { paypalRecords: run.paypalRecords, differences };
}
