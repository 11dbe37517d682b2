import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { workflowIds } from '../../src/workflows/messages.ts';
import { fakeActivities, Stage } from '../support/stage.ts';
import { describeWithTimeSkipping } from '../support/time-skipping.ts';

let stage: Stage;
let runs = 0;
let runId: string;
let id: string;

describeWithTimeSkipping('a reconciliation', () => {
  beforeAll(async () => void (stage = await Stage.open()));
  afterAll(() => stage?.close());
  beforeEach(() => {
    runId = `run-${++runs}`;
    id = workflowIds.reconciliation(runId);
  });

  it('reads what PayPal reports, then compares', async () => {
    const calls: string[] = [];
    const activities = fakeActivities({
      readMovements: async () => void calls.push('read'),
      compareSales: async () => void calls.push('compare'),
    });
    const { end } = await stage.live('reconciliation', id, { runId }, activities);
    expect(end).toBe('compared');
    expect(calls).toEqual(['read', 'compare']);
  });

  it('is seen through an outage of PayPal that lasts for hours', async () => {
    const began = await stage.now();
    const activities = fakeActivities({
      async readMovements() {
        if ((await stage.now()) - began < 3 * 3_600_000) throw new Error('PayPal is away');
      },
    });
    const { end } = await stage.live('reconciliation', id, { runId }, activities);
    expect(end).toBe('compared');
  });

  it('that cannot be done within half a day ends as failed, with the reason', async () => {
    const activities = fakeActivities({
      compareSales: () => Promise.reject(new Error('the ERP is away')),
    });
    const { end } = await stage.live('reconciliation', id, { runId }, activities);
    expect(end).toBe('failed');
    expect(activities.failReconciliation).toHaveBeenCalledExactlyOnceWith(runId, 'the ERP is away');
  });

  it('is queued each day by a schedule', async () => {
    const activities = fakeActivities();
    await stage.live('dailyReconciliation', `scheduled:${runId}`, undefined, activities);
    expect(activities.queueDailyReconciliation).toHaveBeenCalledTimes(1);
  });
});
