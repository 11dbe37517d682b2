import { afterAll, beforeAll, expect, it } from 'vitest';
import { arrived, waitFor } from '../../src/activities/runtime/context.ts';
import type { Activities } from '../../src/activities/index.ts';
import * as workflows from '../../src/workflows/index.ts';
import { fakeActivities, Stage } from '../support/stage.ts';
import { describeWithTimeSkipping } from '../support/time-skipping.ts';

const HOUR = 3_600_000;

type Life = keyof typeof workflows;
type Step = keyof Activities;

/** What each workflow is given, and the steps that it may be held up at. */
const LIVES: Record<Life, { input: object; steps: Step[] }> = {
  auction: { input: { auctionId: 'a' }, steps: ['openIfDue', 'closeIfDue'] },
  reassignment: { input: { auctionId: 'a' }, steps: ['awaitAnswer'] },
  payment: { input: { paymentId: 'a' }, steps: ['lookAtPayment'] },
  latePayment: { input: { paymentId: 'a' }, steps: ['lookAtEndedPayment'] },
  disbursement: { input: { disbursementId: 'a' }, steps: ['lookAtDisbursement'] },
  refund: { input: { refundId: 'a' }, steps: ['sendRefund'] },
  dispute: { input: { paypalDisputeId: 'a' }, steps: ['lookAtDispute'] },
  erpSync: { input: { documentId: 'a' }, steps: ['lookAtDocument'] },
  report: { input: { runId: 'a' }, steps: [] },
  scheduledReport: { input: { name: 'sales' }, steps: [] },
  reconciliation: { input: { runId: 'a' }, steps: [] },
  dailyReconciliation: { input: {}, steps: [] },
  pollDisputes: { input: {}, steps: [] },
  pollTransactions: { input: {}, steps: [] },
};
const LOOKS = Object.entries(LIVES).flatMap(([life, { input, steps }]) =>
  steps.map((step) => [life as Life, step, input] as const),
);

/** Pairs of guards that disagree: each says that it is the other's turn, and nothing waits. */
const QUARRELS: [Life, Partial<Activities>, Step][] = [
  [
    'disbursement',
    {
      lookAtDisbursement: () => Promise.resolve(arrived('due')),
      release: () => Promise.resolve('blocked'),
    },
    'lookAtDisbursement',
  ],
  [
    'payment',
    {
      lookAtPayment: () => Promise.resolve(arrived('approved')),
      capture: () => Promise.resolve('approved'),
    },
    'lookAtPayment',
  ],
  ['payment', { lookAtPayment: () => Promise.resolve(arrived('created')) }, 'lookAtPayment'],
  ['erpSync', { lookAtDocument: () => Promise.resolve(arrived('pending')) }, 'lookAtDocument'],
  [
    'reassignment',
    {
      extendOffer: () => Promise.resolve({ offerId: 'offer' }),
      awaitAnswer: () => Promise.resolve(arrived('expired')),
    },
    'awaitAnswer',
  ],
];

let stage: Stage;
let plays = 0;

describeWithTimeSkipping('a workflow that could spin', () => {
  beforeAll(async () => void (stage = await Stage.open()));
  afterAll(() => stage?.close());

  it('is known here, whatever workflow it is', () => {
    expect(Object.keys(LIVES).sort()).toEqual(Object.keys(workflows).sort());
  });

  it.each(LOOKS)('%s takes its time when %s always says "wait 0"', async (life, step, input) => {
    const waits = step === 'sendRefund' ? 'sending' : waitFor(0);
    const activities = fakeActivities({
      extendOffer: () => Promise.resolve({ offerId: 'offer' }),
      [step]: () => Promise.resolve(waits),
    });
    await forAnHour(life, input, activities);
    expectPatient(activities, step);
  });

  it.each(QUARRELS)('%s takes its time when two of its rules disagree: %#', async (...quarrel) => {
    const [life, fakes, step] = quarrel;
    const activities = fakeActivities(fakes);
    await forAnHour(life, LIVES[life].input, activities);
    expectPatient(activities, step);
  });

  // All of them look by the same watch(); these two look here, and at PayPal.
  it.each([
    ['auction', 'closeIfDue', waitFor(2_000), HOUR],
    ['refund', 'sendRefund', 'sending', 1_000 * HOUR],
  ] as const)(
    '%s that lives for long goes on as a new run, and knows what it is about',
    async (...given) => {
      const [life, step, look, lifetime] = given;
      const { input } = LIVES[life];
      const activities = fakeActivities({ [step]: () => Promise.resolve(look) });
      const id = `${life}-${++plays}`;
      await stage.play(activities, async (play) => {
        const handle = await play.start(life, id, input as never);
        const first = (await handle.describe()).runId;
        await stage.pass(lifetime);
        const now = await stage.describe(id);
        expect(now.runId).not.toBe(first);
        expect(now.historyLength).toBeLessThan(5_000);
        expect(activities[step]).toHaveBeenLastCalledWith('a');
        await stage.terminate(id);
      });
    },
  );
});

async function forAnHour(life: Life, input: object, activities: Activities): Promise<void> {
  const id = `${life}-${++plays}`;
  await stage.play(activities, async (play) => {
    await play.start(life, id, input as never);
    await stage.pass(HOUR);
    await stage.terminate(id);
  });
}

/** At most once a minute, after some first ones. */
function expectPatient(activities: Activities, step: Step): void {
  const { calls } = (activities[step] as unknown as { mock: { calls: unknown[] } }).mock;
  expect(calls.length).toBeGreaterThan(20);
  expect(calls.length).toBeLessThan(90);
}
