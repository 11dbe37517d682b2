import { afterAll, beforeAll, expect, it } from 'vitest';
import { fakeActivities, Stage } from '../support/stage.ts';
import { describeWithTimeSkipping } from '../support/time-skipping.ts';

let stage: Stage;

describeWithTimeSkipping('a poll of PayPal', () => {
  beforeAll(async () => void (stage = await Stage.open()));
  afterAll(() => stage?.close());

  it.each([
    ['pollDisputes', 'findDisputes'],
    ['pollTransactions', 'findMovements'],
  ] as const)('goes on until PayPal answers: %s', async (poll, find) => {
    const began = await stage.now();
    const activities = fakeActivities({
      async [find]() {
        if ((await stage.now()) - began < 3 * 3_600_000) throw new Error('PayPal is away');
      },
    });
    const { endedAt } = await stage.live(poll, `scheduled-${poll}`, undefined, activities);
    expect(endedAt - began).toBeGreaterThanOrEqual(3 * 3_600_000);
  });
});
