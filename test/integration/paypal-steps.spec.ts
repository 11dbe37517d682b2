import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDisbursementActivities } from '../../src/activities/disbursement.activities.ts';
import { createPaymentActivities } from '../../src/activities/payment.activities.ts';
import { createReassignmentActivities } from '../../src/activities/reassignment.activities.ts';
import { createRefundActivities } from '../../src/activities/refund.activities.ts';
import { Disbursement, Payment, Refund } from '../../src/database/entities/index.ts';
import { clientOf, startHarness, type Harness } from '../../simulators/paypal/harness.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// The activities on PostgreSQL and the PayPal simulator, with a process that dies or a network that
// fails at the worst moments: the simulator counts what really happened to the money.

let test: TestDatabase;
let rows: Rows;
let harness: Harness;
const step = new MockActivityEnvironment();

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
});
beforeEach(async () => {
  harness = await startHarness();
  return () => harness.close();
});
afterAll(() => test.drop());

const payments = () =>
  createPaymentActivities({
    database: test.database,
    paypal: clientOf(harness.simulator, 1_000),
    returnUrl: 'https://shop.example/paid',
  });
const disbursements = () =>
  createDisbursementActivities({
    database: test.database,
    paypal: clientOf(harness.simulator, 1_000),
  });
const refunds = () =>
  createRefundActivities({ database: test.database, paypal: clientOf(harness.simulator, 1_000) });

describe('a capture', () => {
  it('that the worker did not live to report is found done by the next attempt', async () => {
    const paymentId = await approvedPayment();
    expect(await capture(paymentId)).toBe('captured');

    expect(await capture(paymentId)).toBe('captured');

    expect(await effects()).toMatchObject({ capture: 1 });
    expect(await ledgerOf(paymentId)).toEqual({ postings: 1, sum: 0 });
  });

  it('whose answer is lost is unknown, and the next attempt asks and pays nothing twice', async () => {
    const paymentId = await approvedPayment();
    await fault({ operation: 'orders.capture', kind: 'reset-after-effect', times: 1 });

    await expect(capture(paymentId)).rejects.toThrow();
    expect(await stateOf(paymentId)).toBe('unknown');
    expect(await capture(paymentId)).toBe('captured');

    expect(await effects()).toMatchObject({ capture: 1 });
  });

  it('that never reached PayPal is made by the next attempt', async () => {
    const paymentId = await approvedPayment();
    await fault({ operation: 'orders.capture', kind: 'timeout-before-effect', times: 1 });

    await expect(capture(paymentId)).rejects.toThrow();
    expect(await stateOf(paymentId)).toBe('unknown');
    expect(await capture(paymentId)).toBe('captured');

    expect(await effects()).toMatchObject({ capture: 1 });
  });

  it('is not made twice 7 hours later, when PayPal has forgotten the key', async () => {
    const paymentId = await approvedPayment();
    await fault({ operation: 'orders.capture', kind: 'reset-after-effect', times: 1 });
    await expect(capture(paymentId)).rejects.toThrow();

    await harness.control('POST', 'clock', { advanceHours: 7 });
    expect(await capture(paymentId)).toBe('captured');

    expect(await effects()).toMatchObject({ capture: 1 });
  });

  it('that the instrument declines sends the buyer back, and a second approval pays', async () => {
    const paymentId = await approvedPayment('declining');
    expect(await capture(paymentId)).toBe('created');
    const { paypalOrderId, refusals } = await paymentRow(paymentId);
    expect(refusals).toBe(1);

    await approve(paypalOrderId!, 'good');
    expect(await run(payments().lookAtPayment, paymentId)).toMatchObject({
      state: 'approved',
    });
    expect(await capture(paymentId)).toBe('captured');
  });
});

describe('a release', () => {
  it('whose answer is lost is seen through, once', async () => {
    const disbursementId = await dueDisbursement();
    await fault({ operation: 'payouts.create', kind: 'reset-after-effect', times: 1 });

    await expect(run(disbursements().release, disbursementId)).rejects.toThrow();
    expect(await run(disbursements().release, disbursementId)).toBe('released');
    expect(await run(disbursements().release, disbursementId)).toBe('released');

    expect(await effects()).toMatchObject({ payout: 1 });
  });

  it('that PayPal fails is tried again, as another request, once the cause is mended', async () => {
    const disbursementId = await dueDisbursement();
    await fault({
      operation: 'payouts.create',
      kind: 'payout-failed',
      reason: 'NOT_ENOUGH_BALANCE',
      times: 1,
    });

    expect(await run(disbursements().release, disbursementId)).toBe('failed');
    expect((await disbursementRow(disbursementId)).failureReason).toBe('NOT_ENOUGH_BALANCE');
    await rows.force('disbursement', disbursementId, 'due');

    expect(await run(disbursements().release, disbursementId)).toBe('released');
    expect(await effects()).toMatchObject({ payout: 1 });
  });

  it('waits while a refund is under way', async () => {
    const disbursementId = await dueDisbursement();
    const { paymentId } = await disbursementRow(disbursementId);
    await rows.refund(paymentId);

    expect(await run(disbursements().release, disbursementId)).toBe('due');
    expect(await effects()).toMatchObject({ payout: 0 });
  });

  it('pays the seller what PayPal pays, and the ledger says the same', async () => {
    const disbursementId = await dueDisbursement();
    await run(disbursements().release, disbursementId);
    const { paymentId, sellerId, amountMinor } = await disbursementRow(disbursementId);

    expect(await ledgerOf(paymentId)).toEqual({ postings: 2, sum: 0 });
    const { rows: paid } = await test.pool.query<{ sum: number }>(
      `SELECT sum(amount_minor)::bigint AS sum FROM ledger_entry
       JOIN ledger_transaction ON ledger_transaction.id = transaction_id
       WHERE account = $1 AND subject_id = $2`,
      [`seller:${sellerId}`, disbursementId],
    );
    expect(paid[0]!.sum).toBe(amountMinor);
  });
});

describe('a refund', () => {
  it('whose answer is lost is made once; an equal second one is another', async () => {
    const disbursementId = await dueDisbursement();
    const { paymentId } = await disbursementRow(disbursementId);
    const first = await rows.refund(paymentId);
    const second = await rows.refund(paymentId);
    await fault({ operation: 'captures.refund', kind: 'reset-after-effect', times: 1 });

    await expect(run(refunds().sendRefund, first)).rejects.toThrow();
    expect(await run(refunds().sendRefund, first)).toBe('completed');
    expect(await run(refunds().sendRefund, second)).toBe('completed');

    expect(await effects()).toMatchObject({ refund: 2 });
    expect(await paymentRow(paymentId)).toMatchObject({
      state: 'partially_refunded',
      refundedMinor: 2_000,
    });
    expect(await ledgerOf(paymentId)).toEqual({ postings: 3, sum: 0 });
  });

  it('in part leaves the seller what PayPal then pays out, to the cent', async () => {
    const disbursementId = await dueDisbursement();
    const { paymentId, sellerId } = await disbursementRow(disbursementId);
    const refundId = await rows.refund(paymentId);
    await test.database.manager.update(Refund, { id: refundId }, { amountMinor: 3_333 });
    await run(refunds().sendRefund, refundId);
    await run(disbursements().release, disbursementId);

    const { totals } = await harness.control<{ totals: { payout: { amountMinor: number } } }>(
      'GET',
      'effects',
    );
    const { rows: paid } = await test.pool.query<{ amount_minor: number }>(
      `SELECT amount_minor FROM ledger_entry JOIN ledger_transaction ON ledger_transaction.id = transaction_id
       WHERE account = $1 AND subject_id = $2`,
      [`seller:${sellerId}`, disbursementId],
    );
    expect(paid[0]!.amount_minor).toBe(totals.payout.amountMinor);
  });

  it('of everything ends the disbursement, and is the end of the sale', async () => {
    const disbursementId = await dueDisbursement();
    const { paymentId } = await disbursementRow(disbursementId);
    const refundId = await rows.refund(paymentId);
    const { amountMinor } = await paymentRow(paymentId);
    await test.database.manager.update(Refund, { id: refundId }, { amountMinor });

    expect(await run(refunds().sendRefund, refundId)).toBe('completed');

    expect(await stateOf(paymentId)).toBe('refunded');
    expect((await disbursementRow(disbursementId)).state).toBe('cancelled');
    expect(await run(disbursements().release, disbursementId)).toBe('cancelled');
    expect(await effects()).toMatchObject({ refund: 1, payout: 0 });
  });
});

/** Runs a step as an activity of some workflow. */
const run = <Answer>(activity: (id: string) => Promise<Answer>, id: string): Promise<Answer> =>
  step.run(activity, id);

const capture = (paymentId: string) => run(payments().capture, paymentId);

/** An awarded auction whose winner has approved the PayPal order. */
async function approvedPayment(source = 'good'): Promise<string> {
  const auctionId = await rows.auction();
  await test.pool.query(
    `UPDATE auction SET leader_id = 'anna', leader_maximum_minor = 40000, price_minor = 40000,
            currency = 'USD' WHERE id = $1`,
    [auctionId],
  );
  await rows.force('auction', auctionId, 'awarded');
  const reassignment = createReassignmentActivities({ database: test.database });
  const offer = await run(reassignment.extendOffer, auctionId);
  const { paymentId } = await run(reassignment.openPayment, offer!.offerId);
  await run(payments().openOrder, paymentId);
  const { paypalOrderId } = await paymentRow(paymentId);
  await approve(paypalOrderId!, source);
  expect(await run(payments().lookAtPayment, paymentId)).toEqual({
    done: true,
    state: 'approved',
  });
  return paymentId;
}

async function dueDisbursement(): Promise<string> {
  const paymentId = await approvedPayment();
  await capture(paymentId);
  const { id } = await test.database.manager.findOneByOrFail(Disbursement, { paymentId });
  await rows.force('disbursement', id, 'due');
  return id;
}

const approve = (orderId: string, source: string) =>
  harness.control('POST', `orders/${orderId}/approve`, { source });
const fault = (plan: object) => harness.control('POST', 'faults', plan);

type EffectKind = 'capture' | 'refund' | 'payout';

/** How often money really moved at PayPal. */
async function effects(): Promise<Record<EffectKind, number>> {
  const { totals } = await harness.control<{
    totals: Partial<Record<EffectKind, { count: number }>>;
  }>('GET', 'effects');
  const count = (kind: EffectKind) => totals[kind]?.count ?? 0;
  return { capture: count('capture'), refund: count('refund'), payout: count('payout') };
}

const paymentRow = (id: string) => test.database.manager.findOneByOrFail(Payment, { id });
const disbursementRow = (id: string) => test.database.manager.findOneByOrFail(Disbursement, { id });
const stateOf = async (paymentId: string) => (await paymentRow(paymentId)).state;

async function ledgerOf(paymentId: string): Promise<{ postings: number; sum: number }> {
  const { rows: found } = await test.pool.query<{ postings: number; sum: number }>(
    `SELECT count(DISTINCT transaction_id) AS postings, sum(amount_minor)::bigint AS sum
     FROM ledger_entry JOIN ledger_transaction ON ledger_transaction.id = transaction_id
     WHERE auction_id = (SELECT auction_id FROM payment WHERE id = $1)`,
    [paymentId],
  );
  return found[0]!;
}
