import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDisbursementActivities } from '../../src/activities/disbursement.activities.ts';
import { createPaymentActivities } from '../../src/activities/payment.activities.ts';
import { createReassignmentActivities } from '../../src/activities/reassignment.activities.ts';
import { recordRefund } from '../../src/activities/record-refund.ts';
import { createRefundActivities } from '../../src/activities/refund.activities.ts';
import { Disbursement, ErpDocument, Payment, Refund } from '../../src/database/entities/index.ts';
import { issueCredit } from '../../src/database/wallets/credit.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { startHarness, type Harness } from '../../simulators/paypal/harness.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// The house has paid a seller, then refunds the buyer: what the seller owes comes off the next payout.

const HOUSE: Partial<Policy> = { withoutDelayedDisbursement: 'holdInHouseAccount' };
/** Of the 460.00 that each buyer pays: a premium of 60.00 and a commission of 40.00. */
const SELLERS_PART = 36_000;

let test: TestDatabase;
let rows: Rows;
let harness: Harness;
/** Another in each test, who owes nothing yet. */
let sellerId: string;
// One attempt here is to fail: a warning would hide what is not.
const step = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
});
beforeEach(async () => {
  sellerId = `seller-${randomUUID()}`;
  harness = await startHarness();
  await harness.control('PUT', 'sellers/MERCHANT1', { delayedDisbursement: 'notEnabled' });
  return () => harness.close();
});
afterAll(() => test.drop());

describe('a seller who owes the house a refund that came after the release', () => {
  it('gets that much less for the next sales, until the house is whole again', async () => {
    const undone = await released(await dueDisbursement());
    const refundId = await refund(undone, 46_000);
    expect(await owed()).toBe(SELLERS_PART);
    expect(await tellsSeller(refundId)).toContain('360.00 USD of it is your part');
    const before = await paidOut();

    // PayPal's fee makes a sale bring less than the debt: it takes two.
    const second = await released(await dueDisbursement());
    const payoutMinor = second.amountMinor;
    const restMinor = SELLERS_PART - payoutMinor;
    expect(second.nettedMinor).toBe(payoutMinor);
    expect(await paidOut()).toBe(before);

    const third = await released(await dueDisbursement());
    expect(third.nettedMinor).toBe(restMinor);
    expect(await paidOut()).toBe(before + payoutMinor - restMinor);
    expect(await owed()).toBe(0);
    expect(await settlementOf(third)).toMatchObject({
      totalMinor: payoutMinor - restMinor,
      lines: expect.arrayContaining([
        { account: '2100', text: 'Netted: what you owed us', amountMinor: -restMinor },
      ]) as unknown,
    });
    expect(await tellsSeller(third.id)).toContain('for what you owed us');
    // All that PayPal ever paid the seller is what the ledger says.
    expect(await paidOut()).toBe(await balanceOf(`seller:${sellerId}`));

    expect((await released(await dueDisbursement())).nettedMinor).toBe(0);
  });

  it('gives each of several refunds back once', async () => {
    const first = await released(await dueDisbursement());
    await refund(first, 3_333);
    await refund(first, 5_555);
    const owedMinor = await owed();

    expect((await released(await dueDisbursement())).nettedMinor).toBe(owedMinor);
    expect(await owed()).toBe(0);
  });

  it('gives it back once when two sales are released at once', async () => {
    await refund(await released(await dueDisbursement()), 10_000);
    const owedMinor = await owed();
    const both = [await dueDisbursement(), await dueDisbursement()];

    await Promise.all(both.map(({ id }) => release(id)));
    await harness.control('POST', 'clock', { advanceHours: 1 });
    await Promise.all(both.map(({ id }) => release(id)));

    const netted = await Promise.all(
      both.map(async ({ id }) => (await disbursement(id)).nettedMinor),
    );
    expect(netted.toSorted((a, b) => a - b)).toEqual([0, owedMinor]);
    expect(await owed()).toBe(0);
  });

  it('is paid once, and the same, when the answer to the smaller payout is lost', async () => {
    await refund(await released(await dueDisbursement()), 10_000);
    const owedMinor = await owed();
    const before = await paidOut();
    const { id, amountMinor } = await dueDisbursement();
    await fault({ kind: 'reset-after-effect' });
    await expect(release(id)).rejects.toThrow();
    // What is owed meanwhile waits for the next one.
    const other = await dueDisbursement();
    await refund(await released(other), 1_000);

    await released({ id });
    expect((await disbursement(id)).nettedMinor).toBe(owedMinor);
    expect(await paidOut()).toBe(before + amountMinor - owedMinor + other.amountMinor);
    expect(await owed()).toBe(partOf(1_000));
  });

  it('owes it still when the payout that was to be smaller has failed', async () => {
    await refund(await released(await dueDisbursement()), 10_000);
    const owedMinor = await owed();
    const failing = await dueDisbursement();
    await fault({ kind: 'payout-failed', reason: 'RECEIVER_ACCOUNT_LOCKED' });
    expect(await release(failing.id)).toBe('failed');
    expect((await disbursement(failing.id)).nettedMinor).toBe(0);

    expect((await released(await dueDisbursement())).nettedMinor).toBe(owedMinor);
    await rows.force('disbursement', failing.id, 'due');
    expect((await released(failing)).nettedMinor).toBe(0);
    expect(await owed()).toBe(0);
  });

  it.each([
    { ends: 'accepted', fails: false },
    { ends: 'not accepted', fails: true },
  ])(
    'owes a dispute lost while the payout is under way, which is then $ends',
    async ({ fails }) => {
      const { id, paymentId, amountMinor } = await dueDisbursement();
      if (fails) await fault({ kind: 'payout-unclaimed' });
      expect(await release(id)).toBe('releasing');
      await lose(paymentId, 10_000);
      expect(await owed()).toBe(partOf(10_000));

      await harness.control('POST', 'clock', fails ? { advanceDays: 31 } : { advanceHours: 1 });
      expect(await release(id)).toBe(fails ? 'failed' : 'released');
      if (fails) {
        await rows.force('disbursement', id, 'due');
        await released({ id });
      }
      const nettedMinor = fails ? partOf(10_000) : 0;
      expect(await disbursement(id)).toMatchObject({ state: 'released', nettedMinor });
      expect(await owed()).toBe(partOf(10_000) - nettedMinor);
      expect(await balanceOf(`seller:${sellerId}`)).toBe(amountMinor - nettedMinor);
      expect(await paidOut()).toBe(amountMinor - nettedMinor);
    },
  );

  it('is paid in full where the policy never nets, and goes on owing', async () => {
    await refund(await released(await dueDisbursement()), 10_000);
    const owedMinor = await owed();
    const next = await dueDisbursement({ netReceivables: 'never' });
    expect((await released(next)).nettedMinor).toBe(0);
    expect(await owed()).toBe(owedMinor);
  });

  it('is paid in full by PayPal, which pays out all that it holds', async () => {
    await refund(await released(await dueDisbursement()), 10_000);
    const owedMinor = await owed();
    await paypalHolds();
    const next = await dueDisbursement();
    expect(next.heldBy).toBe('paypal');
    expect((await released(next)).nettedMinor).toBe(0);
    expect(await owed()).toBe(owedMinor);
  });

  it('cannot give away as store credit what is owed', async () => {
    await refund(await released(await dueDisbursement()), 46_000);
    const credit = {
      creditId: randomUUID(),
      from: { sellerId },
      ownerId: 'anna',
      currency: 'USD',
      amountMinor: 1,
      by: { actorId: sellerId, reason: 'thanks' },
    } as const;
    const issued = await test.database.transaction((tx) => issueCredit(tx, credit));
    expect(issued).toEqual({ outcome: 'refused', availableMinor: 0 });
  });
});

describe('a seller whom PayPal pays', () => {
  it('owes the house nothing for a refund after the release: PayPal takes it from the seller', async () => {
    await paypalHolds();
    const paid = await released(await dueDisbursement());
    await refund(paid, 10_000);
    expect(await owed()).toBe(0);
    expect(await balanceOf(`seller:${sellerId}`)).toBe(paid.amountMinor - partOf(10_000));
  });
});

const payments = () =>
  createPaymentActivities({
    database: test.database,
    paypal: harness.paypal,
    returnUrl: 'https://shop.example/paid',
  });
const disbursements = () =>
  createDisbursementActivities({ database: test.database, paypal: harness.paypal });
const refunds = () => createRefundActivities({ database: test.database, paypal: harness.paypal });

/** Runs a step as an activity of some workflow. */
const run = <Answer>(activity: (id: string) => Promise<Answer>, id: string): Promise<Answer> =>
  step.run(activity, id);

const release = (id: string) => run(disbursements().release, id);
const disbursement = (id: string) => test.database.manager.findOneByOrFail(Disbursement, { id });

async function paypalHolds(): Promise<void> {
  await harness.control('PUT', 'sellers/MERCHANT1', { delayedDisbursement: 'enabled' });
  await test.pool.query('UPDATE seller SET delayed_disbursement = true WHERE id = $1', [sellerId]);
}

/** A sale of the seller's for 400.00, paid for, whose money is to leave now. */
async function dueDisbursement(policy: Partial<Policy> = {}): Promise<Disbursement> {
  const auctionId = await rows.auction({ sellerId, policy: { ...HOUSE, ...policy } });
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
  const { paypalOrderId } = await test.database.manager.findOneByOrFail(Payment, { id: paymentId });
  await harness.control('POST', `orders/${paypalOrderId}/approve`, { source: 'good' });
  await run(payments().lookAtPayment, paymentId);
  expect(await run(payments().capture, paymentId)).toBe('captured');
  const { id } = await test.database.manager.findOneByOrFail(Disbursement, { paymentId });
  await rows.force('disbursement', id, 'due');
  return disbursement(id);
}

/** Sees a release through. */
async function released({ id }: Pick<Disbursement, 'id'>): Promise<Disbursement> {
  if ((await release(id)) === 'releasing') {
    await harness.control('POST', 'clock', { advanceHours: 1 });
    expect(await release(id)).toBe('released');
  }
  return disbursement(id);
}

/** Refunds so much of a sale, and gives the id of the refund. */
async function refund({ paymentId }: Disbursement, amountMinor: number): Promise<string> {
  const refundId = await rows.refund(paymentId);
  await test.database.manager.update(Refund, { id: refundId }, { amountMinor });
  expect(await run(refunds().sendRefund, refundId)).toBe('completed');
  return refundId;
}

/** PayPal itself gives so much back to the buyer, as it does when a dispute is lost. */
async function lose(paymentId: string, amountMinor: number): Promise<void> {
  const refundId = await rows.refund(paymentId);
  await test.database.manager.update(Refund, { id: refundId }, { amountMinor });
  await rows.force('refund', refundId, 'sending');
  await run((id) => test.database.transaction((tx) => recordRefund(tx, id, null)), refundId);
}

/** The seller's part of so much given back. */
const partOf = (refundMinor: number): number =>
  refundMinor - Math.floor((refundMinor * 10_000) / 46_000);

async function balanceOf(account: string): Promise<number> {
  const { rows: found } = await test.pool.query<{ minor: number }>(
    'SELECT balance_minor AS minor FROM ledger_balance WHERE account = $1',
    [account],
  );
  return found[0]?.minor ?? 0;
}

/** What the seller owes the house. */
const owed = async (): Promise<number> => 0 - (await balanceOf(`seller:${sellerId}:credit`));

/** What PayPal has paid out for the house in all. */
async function paidOut(): Promise<number> {
  const { totals } = await harness.control<{ totals: { payout?: { amountMinor: number } } }>(
    'GET',
    'effects',
  );
  return totals.payout?.amountMinor ?? 0;
}

const fault = (plan: object) =>
  harness.control('POST', 'faults', { operation: 'batchPayouts.create', times: 1, ...plan });

async function settlementOf({ id }: Disbursement): Promise<ErpDocument['body']> {
  const document = { kind: 'settlement', subjectId: id } as const;
  return (await test.database.manager.findOneByOrFail(ErpDocument, document)).body;
}

/** What the seller was told about a subject. */
async function tellsSeller(subjectId: string): Promise<string> {
  const { rows: found } = await test.pool.query<{ text: string }>(
    'SELECT text FROM notice WHERE recipient_id = $1 AND subject_id = $2 ORDER BY id',
    [sellerId, subjectId],
  );
  return found.map(({ text }) => text).join(' ');
}
