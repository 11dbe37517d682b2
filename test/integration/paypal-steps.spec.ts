import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDisbursementActivities } from '../../src/activities/disbursement/disbursement.activities.ts';
import { StepInterceptor } from '../../src/activities/runtime/step-interceptor.ts';
import { createDisputeActivities } from '../../src/activities/dispute/dispute.activities.ts';
import { createPollActivities } from '../../src/activities/paypal/poll.activities.ts';
import { createPaymentActivities } from '../../src/activities/payment/payment.activities.ts';
import { createReassignmentActivities } from '../../src/activities/reassignment/reassignment.activities.ts';
import { createRefundActivities } from '../../src/activities/refund/refund.activities.ts';
import { Disbursement, Offer, Payment, Refund, Seller } from '../../src/database/entities/index.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import { verdictOn } from '../../src/integrations/paypal/index.ts';
import { clientOf, startHarness, type Harness } from '../../simulators/paypal/harness.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// The activities on PostgreSQL and the PayPal simulator, with a process that dies or a network that
// fails at the worst moments: the simulator counts what really happened to the money.

const ISSUE_CODES = resolve(import.meta.dirname, '../../../shared/paypal/issue-codes.json');

let test: TestDatabase;
let rows: Rows;
let harness: Harness;
// Most attempts here are to fail: a warning for each would hide what is not.
const step = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

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

  it('whose answer is lost, and whose order PayPal forgets, is found by a line of its report', async () => {
    const paymentId = await approvedPayment();
    await fault({ operation: 'orders.capture', kind: 'reset-after-effect', times: 1 });
    await expect(capture(paymentId)).rejects.toThrow();
    await test.pool.query(`UPDATE payment SET paypal_order_id = 'FORGOTTEN' WHERE id = $1`, [
      paymentId,
    ]);
    await expect(capture(paymentId)).rejects.toThrow('cannot be told');
    expect(await stateOf(paymentId)).toBe('unknown');

    const paypal = clientOf(harness.simulator, 1_000);
    await step.run(createPollActivities({ database: test.database, paypal }).findMovements);
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
    expect(await paymentRow(paymentId)).toMatchObject({ refusals: 1, paypalOrderId: null });
    expect(await run(payments().lookAtPayment, paymentId)).toMatchObject({ state: 'created' });

    await openOrder(paymentId);
    const { paypalOrderId } = await paymentRow(paymentId);
    await approve(paypalOrderId!, 'good');
    expect(await run(payments().lookAtPayment, paymentId)).toMatchObject({
      state: 'approved',
    });
    expect(await capture(paymentId)).toBe('captured');
  });
});

describe('what PayPal refuses', () => {
  it('because of the seller waits for a person: seller and operators are told once, then it goes on', async () => {
    const paymentId = await openPayment();
    await merchant('restricted');

    await expect(openOrder(paymentId)).rejects.toThrow('restricted');
    await expect(openOrder(paymentId)).rejects.toThrow('restricted');
    expect(await noticesAbout(paymentId)).toEqual([
      { recipient: 'operators', kind: 'paypal_refuses', cause: 'PAYEE_ACCOUNT_RESTRICTED' },
      { recipient: 'seller', kind: 'paypal_refuses', cause: 'PAYEE_ACCOUNT_RESTRICTED' },
    ]);

    await merchant('good');
    await openOrder(paymentId);
    expect((await paymentRow(paymentId)).refusalReason).toBeNull();
  });

  it('because of the seller after the approval costs the buyer nothing: it is captured when mended', async () => {
    const paymentId = await approvedPayment();
    await merchant('restricted');

    await expect(capture(paymentId)).rejects.toThrow('restricted');
    expect(await stateOf(paymentId)).toBe('approved');

    await merchant('good');
    expect(await capture(paymentId)).toBe('captured');
  });

  it('because of the buyer is over for the buyer, who is told why', async () => {
    const paymentId = await approvedPayment();
    await fault({
      operation: 'orders.capture',
      kind: 'refused',
      reason: 'PAYER_ACCOUNT_RESTRICTED',
    });

    expect(await capture(paymentId)).toBe('declined');

    const { offerId } = await paymentRow(paymentId);
    expect((await offerRow(offerId)).state).toBe('lapsed');
    expect(await textsFor('anna', paymentId)).toContainEqual(
      expect.stringMatching(/restricted.*goes to someone else/),
    );
  });

  it('for another cause on the same payment is told, too', async () => {
    const paymentId = await openPayment();
    for (const reason of ['PLATFORM_FEES_NOT_SUPPORTED', 'PERMISSION_DENIED']) {
      await fault({ operation: 'orders.create', kind: 'refused', reason, times: 1 });
      await expect(openOrder(paymentId)).rejects.toThrow(reason);
    }
    const causes = (await noticesAbout(paymentId)).map(({ cause }) => cause);
    expect(causes).toEqual(['PERMISSION_DENIED', 'PLATFORM_FEES_NOT_SUPPORTED']);
  });

  it('because of our credentials is told once, however many sales wait for it', async () => {
    await fault({ operation: 'oauth.token', kind: '401' });
    const step = new StepInterceptor(test.database);
    for (const paymentId of [await openPayment(), await openPayment()]) {
      const attempt = run(
        (id) => step.execute({ args: [], headers: {} }, () => openOrder(id)),
        paymentId,
      );
      await expect(attempt).rejects.toThrow('PayPal did not answer');
      expect(await textsFor('operators', paymentId)).toEqual([]);
    }
    const told = await textsFor('operators', 'paypal');
    expect(told).toEqual([expect.stringContaining('PAYPAL_CLIENT_SECRET')]);
  });

  it.each([
    ['a question about an order', 'orders.get', lookAtAPayment],
    ['a release', 'payouts.create', releaseMoney],
    ['a refund', 'captures.refund', refundMoney],
    ['a question about a dispute', 'disputes.get', lookAtADispute],
  ])('of %s without the permission is told', async (_what, operation, attempt) => {
    const [subjectId, attempted] = await attempt(() =>
      fault({ operation, kind: 'refused', reason: 'PERMISSION_DENIED' }),
    );
    await expect(attempted).rejects.toThrow('PERMISSION_DENIED');
    const told = await textsFor('operators', subjectId);
    expect(told).toEqual([expect.stringMatching(/PERMISSION_DENIED.*grant the permissions/)]);
  });

  async function lookAtAPayment(prepare: () => Promise<unknown>) {
    const paymentId = await approvedPayment();
    await rows.force('payment', paymentId, 'created');
    await prepare();
    return [paymentId, run(payments().lookAtPayment, paymentId)] as const;
  }
  async function releaseMoney(prepare: () => Promise<unknown>) {
    const disbursementId = await dueDisbursement();
    await prepare();
    return [disbursementId, run(disbursements().release, disbursementId)] as const;
  }
  async function refundMoney(prepare: () => Promise<unknown>) {
    const { paymentId } = await disbursementRow(await dueDisbursement());
    const refundId = await rows.refund(paymentId);
    await prepare();
    return [refundId, run(refunds().sendRefund, refundId)] as const;
  }
  async function lookAtADispute(prepare: () => Promise<unknown>) {
    await prepare();
    const { lookAtDispute } = createDisputeActivities({
      database: test.database,
      paypal: clientOf(harness.simulator, 1_000),
    });
    return ['PP-D-UNKNOWN', run(lookAtDispute, 'PP-D-UNKNOWN')] as const;
  }
});

// PayPal's list of issue codes per call is kept outside of the repository.
describe.skipIf(!existsSync(ISSUE_CODES))('each code with which PayPal may refuse', () => {
  it('to open an order is tried again, or told to an operator with what to do', async () => {
    const paymentId = await openPayment();
    for (const issue of issuesOf('#400', '#403', '#422')) {
      await fault({ operation: 'orders.create', kind: 'refused', reason: issue, times: 1 });
      await expect(openOrder(paymentId)).rejects.toThrow();
      if (verdictOn(issue).kind === 'retry') continue;
      expect(await causesFor('operators', paymentId), issue).toContain(issue);
    }
    for (const text of await textsFor('operators', paymentId)) {
      expect(text).toMatch(/[A-Z_]{6}.*[a-z]{3,}.*\. It is tried again every 10 minutes\.$/);
    }
  });

  it('to capture is tried again, sends the buyer back, ends it, or is told to an operator', async () => {
    const paymentId = await approvedPayment();
    const { offerId, paypalOrderId } = await paymentRow(paymentId);
    for (const issue of issuesOf(
      '#orders.capture-400',
      '#orders.capture-403',
      '#orders.capture-422',
    )) {
      await rows.force('payment', paymentId, 'approved');
      await test.database.manager.update(Payment, { id: paymentId }, { paypalOrderId });
      await rows.force('offer', offerId, 'accepted');
      await fault({ operation: 'orders.capture', kind: 'refused', reason: issue, times: 1 });
      const outcome = await capture(paymentId).catch(() => 'thrown');
      const verdict = verdictOn(issue);
      switch (verdict.kind) {
        case 'retry':
          expect(outcome, issue).toBe('thrown');
          break;
        case 'decline':
          expect(outcome, issue).toBe('created');
          break;
        case 'alarm':
        case 'ask':
        case 'refuse': {
          const atBuyer = verdict.kind === 'refuse' && verdict.audience === 'buyer';
          expect(outcome, issue).toBe(atBuyer ? 'declined' : 'thrown');
          if (!atBuyer) expect(await causesFor('operators', paymentId), issue).toContain(issue);
        }
      }
    }
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

  it.each([
    { ends: 'released', fault: undefined },
    { ends: 'failed', fault: { kind: 'payout-failed', reason: 'NOT_ENOUGH_BALANCE' } },
  ])('that has $ends wakes the refund that has waited for it', async ({ ends, fault: planned }) => {
    const disbursementId = await dueDisbursement();
    const { paymentId } = await disbursementRow(disbursementId);
    await fault({ operation: 'payouts.create', kind: 'reset-before-effect', times: 1 });
    await expect(run(disbursements().release, disbursementId)).rejects.toThrow();
    const refundId = await rows.refund(paymentId);
    expect(await run(refunds().sendRefund, refundId)).toBe('requested');
    expect(await wakings(refundId)).toBe(0);

    if (planned) await fault({ operation: 'payouts.create', ...planned, times: 1 });
    expect(await run(disbursements().release, disbursementId)).toBe(ends);
    expect(await wakings(refundId)).toBe(1);
  });

  async function wakings(refundId: string): Promise<number> {
    const { rows: found } = await test.pool.query(
      `SELECT FROM outbox WHERE workflow_id = $1 AND message->>'kind' = 'lookAgain'`,
      [`refund:${refundId}`],
    );
    return found.length;
  }

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

describe('a payment above the amount from which it is authorised first', () => {
  const AUTHORISED: Partial<Policy> = { authoriseAboveMinor: 10_000 };
  const expensive = () => approvedPayment('good', AUTHORISED);

  it('is authorised, then captured: held for the seller, the fee kept', async () => {
    const paymentId = await expensive();
    expect((await paymentRow(paymentId)).authoriseFirst).toBe(true);

    expect(await capture(paymentId)).toBe('captured');
    expect(await capture(paymentId)).toBe('captured');

    const { platformFeeMinor, paypalFeeMinor, payoutMinor, ...payment } =
      await paymentRow(paymentId);
    expect(payoutMinor).toBe(payment.amountMinor - paypalFeeMinor! - platformFeeMinor);
    expect(await effects()).toMatchObject({ capture: 1 });

    const { id } = await test.database.manager.findOneByOrFail(Disbursement, { paymentId });
    await rows.force('disbursement', id, 'due');
    expect(await run(disbursements().release, id)).toBe('released');
  });

  it('is below it captured at once', async () => {
    const paymentId = await approvedPayment('good', { authoriseAboveMinor: 10_000_000 });
    expect((await paymentRow(paymentId)).authoriseFirst).toBe(false);
    expect(await capture(paymentId)).toBe('captured');
  });

  it.each([
    ['the authorization', 'orders.authorize', 'reset-after-effect'],
    ['the authorization', 'orders.authorize', 'timeout-before-effect'],
    ['the capture', 'authorizations.capture', 'reset-after-effect'],
    ['the capture', 'authorizations.capture', 'timeout-before-effect'],
  ])('is taken once when the answer to %s (%s, %s) is lost', async (_what, operation, kind) => {
    const paymentId = await expensive();
    await fault({ operation, kind, times: 1 });
    await expect(capture(paymentId)).rejects.toThrow();
    expect(await stateOf(paymentId)).toBe('unknown');

    await harness.control('POST', 'clock', { advanceHours: 2 });
    expect(await capture(paymentId)).toBe('captured');
    expect(await effects()).toMatchObject({ capture: 1 });
  });

  it('is void when the buyer cannot pay after all', async () => {
    const paymentId = await expensive();
    const { paypalOrderId } = await paymentRow(paymentId);
    const reason = 'PAYER_ACCOUNT_RESTRICTED';
    await fault({ operation: 'authorizations.capture', kind: 'refused', reason, times: 1 });

    expect(await capture(paymentId)).toBe('declined');
    expect(await authorizationOf(paypalOrderId!)).toBe('VOIDED');
    expect(await effects()).toMatchObject({ capture: 0 });
  });

  it('is void, too, when PayPal does not answer to that, and the buyer may pay another way', async () => {
    const paymentId = await expensive();
    const { paypalOrderId } = await paymentRow(paymentId);
    const reason = 'INSTRUMENT_DECLINED';
    await fault({ operation: 'authorizations.capture', kind: 'refused', reason, times: 1 });
    await fault({ operation: 'authorizations.void', kind: 'reset-after-effect', times: 1 });

    await expect(capture(paymentId)).rejects.toThrow();
    expect(await capture(paymentId)).toBe('created');
    expect(await authorizationOf(paypalOrderId!)).toBe('VOIDED');
  });

  it('goes back to the buyer when the authorization has run out after 29 days', async () => {
    const paymentId = await expensive();
    await fault({ operation: 'authorizations.capture', kind: '503', times: 1 });
    await expect(capture(paymentId)).rejects.toThrow();
    await harness.control('POST', 'clock', { advanceDays: 30 });
    expect(await capture(paymentId)).toBe('created');
  });

  it('that is declined at the authorization goes back to the buyer', async () => {
    expect(await capture(await approvedPayment('declining', AUTHORISED))).toBe('created');
  });

  async function authorizationOf(orderId: string): Promise<string> {
    await expect.poll(() => harness.received.length).toBeGreaterThan(0);
    const about = () =>
      harness.received
        .filter(({ json }) => json.event_type.startsWith('PAYMENT.AUTHORIZATION.'))
        .map(({ json }) => json.resource as unknown as AuthorizationResource)
        .filter(({ supplementary_data: data }) => data.related_ids.order_id === orderId);
    await expect.poll(() => about().length).toBe(2);
    return about().at(-1)!.status;
  }

  interface AuthorizationResource {
    status: string;
    supplementary_data: { related_ids: { order_id: string } };
  }
});

describe('a seller for whom PayPal does not hold money', () => {
  const HOUSE: Partial<Policy> = { withoutDelayedDisbursement: 'holdInHouseAccount' };

  beforeEach(async () => {
    await holdsFor('notEnabled');
    await test.pool.query('UPDATE seller SET delayed_disbursement = true');
  });

  it('cannot be paid where the policy refuses: the sale waits, and goes on when PayPal holds', async () => {
    const paymentId = await openPayment();
    await expect(openOrder(paymentId)).rejects.toThrow('does not hold money');
    expect(await causesFor('operators', paymentId)).toEqual(['DELAYED_DISBURSEMENT_NOT_SUPPORTED']);
    expect((await sellerRow()).delayedDisbursement).toBe(false);

    await holdsFor('enabled');
    await openOrder(paymentId);
    expect(await paymentRow(paymentId)).toMatchObject({ heldBy: 'paypal', refusalReason: null });
    expect((await sellerRow()).delayedDisbursement).toBe(true);
  });

  it('is paid by the house at the release, where the policy lets the house hold', async () => {
    const disbursementId = await dueDisbursement(HOUSE);
    const { paymentId, heldBy, amountMinor } = await disbursementRow(disbursementId);
    const { platformFeeMinor, paypalFeeMinor, ...payment } = await paymentRow(paymentId);
    expect(heldBy).toBe('house');
    expect(amountMinor).toBe(payment.amountMinor - paypalFeeMinor! - platformFeeMinor);

    expect(await releaseOf(disbursementId)).toBe('releasing');
    await harness.control('POST', 'clock', { advanceHours: 1 });
    expect(await releaseOf(disbursementId)).toBe('released');
    expect(await releaseOf(disbursementId)).toBe('released');

    expect(await paidOut()).toEqual({ count: 1, amountMinor });
    expect(await balancesOf(paymentId)).toEqual({
      'buyer:anna': -payment.amountMinor,
      house: platformFeeMinor - 25,
      'paypal:fees': paypalFeeMinor! + 25, // What PayPal takes for the payout, the house bears.
      'seller:seller': amountMinor,
    });
  });

  it('is paid once when the answer to the payout is lost', async () => {
    const disbursementId = await dueDisbursement(HOUSE);
    await fault({ operation: 'batchPayouts.create', kind: 'reset-after-effect', times: 1 });

    await expect(releaseOf(disbursementId)).rejects.toThrow();
    expect((await disbursementRow(disbursementId)).state).toBe('unknown');
    await harness.control('POST', 'clock', { advanceHours: 1 });

    expect(await releaseOf(disbursementId)).toBe('released');
    expect((await paidOut()).count).toBe(1);
  });

  it('is not paid again unasked when nobody knows for 30 days whether the payout was made', async () => {
    const disbursementId = await dueDisbursement(HOUSE);
    await fault({ operation: 'batchPayouts.create', kind: 'timeout-before-effect', times: 1 });
    await expect(releaseOf(disbursementId)).rejects.toThrow();
    await agoDays(disbursementId, 31);

    await expect(releaseOf(disbursementId)).rejects.toThrow('PAYOUT_UNKNOWN');
    expect(await textsFor('operators', disbursementId)).toEqual([
      expect.stringContaining('Look the payout up at PayPal'),
    ]);
    expect((await paidOut()).count).toBe(0);
  });

  it('is paid by another payout when one has failed', async () => {
    const disbursementId = await dueDisbursement(HOUSE);
    const reason = 'RECEIVER_ACCOUNT_LOCKED';
    await fault({ operation: 'batchPayouts.create', kind: 'payout-failed', reason, times: 1 });
    expect(await releaseOf(disbursementId)).toBe('failed');
    expect((await disbursementRow(disbursementId)).failureReason).toBe(reason);

    await rows.force('disbursement', disbursementId, 'due');
    await releaseOf(disbursementId);
    await harness.control('POST', 'clock', { advanceHours: 1 });
    expect(await releaseOf(disbursementId)).toBe('released');
    expect((await paidOut()).count).toBe(1);
  });

  it('is told of a payout to be accepted; what is not comes back after 30 days', async () => {
    const disbursementId = await dueDisbursement(HOUSE);
    await fault({ operation: 'batchPayouts.create', kind: 'payout-unclaimed', times: 1 });
    expect(await releaseOf(disbursementId)).toBe('releasing');
    expect(await releaseOf(disbursementId)).toBe('releasing');
    expect(await textsFor('seller', disbursementId)).toEqual([
      expect.stringContaining('accept it there'),
    ]);

    await harness.control('POST', 'clock', { advanceDays: 31 });
    expect(await releaseOf(disbursementId)).toBe('failed');
    expect((await paidOut()).count).toBe(0);
  });

  it('leaves the refund to the house', async () => {
    const { paymentId } = await disbursementRow(await dueDisbursement(HOUSE));
    const refundId = await rows.refund(paymentId);
    expect(await run(refunds().sendRefund, refundId)).toBe('completed');
    expect(await effects()).toMatchObject({ refund: 1 });
  });

  const releaseOf = (disbursementId: string) => run(disbursements().release, disbursementId);
  const sellerRow = () => test.database.manager.findOneByOrFail(Seller, { id: 'seller' });

  async function paidOut(): Promise<{ count: number; amountMinor: number }> {
    const { totals } = await harness.control<{
      totals: { payout?: { count: number; amountMinor: number } };
    }>('GET', 'effects');
    return totals.payout ?? { count: 0, amountMinor: 0 };
  }

  async function balancesOf(paymentId: string): Promise<Record<string, number>> {
    const { rows: found } = await test.pool.query<{ account: string; sum: number }>(
      `SELECT account, sum(amount_minor)::bigint AS sum
       FROM ledger_entry JOIN ledger_transaction ON ledger_transaction.id = transaction_id
       WHERE auction_id = (SELECT auction_id FROM payment WHERE id = $1)
       GROUP BY account HAVING sum(amount_minor) <> 0`,
      [paymentId],
    );
    return Object.fromEntries(found.map(({ account, sum }) => [account, sum]));
  }

  /** As if all that is recorded of it had been this long ago. */
  async function agoDays(disbursementId: string, days: number): Promise<void> {
    const client = await test.pool.connect();
    await client.query('SET session_replication_role = replica');
    await client.query(
      `UPDATE transition SET at = at - $2 * interval '1 day' WHERE subject_id = $1`,
      [disbursementId, days],
    );
    await client.query('SET session_replication_role = DEFAULT');
    client.release();
  }
});

describe('what PayPal says it did', () => {
  it('with another amount than was asked for is no payment of ours: it is not recorded, and told', async () => {
    const paymentId = await approvedPayment();
    const paypal = clientOf(harness.simulator, 1_000);
    const orders = instead(paypal.orders, {
      async capture(request) {
        const outcome = await paypal.orders.capture(request);
        if (outcome.outcome !== 'captured') return outcome;
        const { capture } = outcome;
        return { ...outcome, capture: { ...capture, amountMinor: capture.amountMinor - 1 } };
      },
    });
    const { capture: take } = createPaymentActivities({
      database: test.database,
      paypal: { ...paypal, orders },
      returnUrl: 'https://shop.example/paid',
    });
    expect(await run(take, paymentId)).toBe('pending');
    expect(await paymentRow(paymentId)).toMatchObject({
      state: 'pending',
      pendingReason: 'AMOUNT_DIFFERS',
      captureId: null,
    });
    expect(await kindsTold(paymentId)).toContain('paypal_differs');
  });

  it('of a refund’s shares and of a payout is kept beside what we have posted, and told once', async () => {
    const disbursementId = await dueDisbursement();
    const { paymentId } = await disbursementRow(disbursementId);
    const refundId = await rows.refund(paymentId);
    const paypal = clientOf(harness.simulator, 1_000);
    const captures = instead(paypal.captures, {
      async refund(request) {
        const outcome = await paypal.captures.refund(request);
        if (outcome.outcome !== 'refunded') return outcome;
        const { refund } = outcome;
        const platformFeeMinor = refund.platformFeeMinor + 5;
        return { ...outcome, refund: { ...refund, platformFeeMinor, paypalFeeMinor: 3 } };
      },
    });
    const referencedPayouts = instead(paypal.referencedPayouts, {
      async release(request) {
        const outcome = await paypal.referencedPayouts.release(request);
        if (outcome.outcome !== 'released') return outcome;
        const amountMinor = outcome.item!.amountMinor! - 7;
        return { ...outcome, item: { ...outcome.item!, amountMinor } };
      },
    });
    const deps = { database: test.database, paypal: { ...paypal, captures, referencedPayouts } };
    expect(await run(createRefundActivities(deps).sendRefund, refundId)).toBe('completed');
    expect(await run(createDisbursementActivities(deps).release, disbursementId)).toBe('released');

    const { rows: figures } = await test.pool.query(
      `SELECT subject, reference, said_minor - expected_minor AS off FROM paypal_figure
       WHERE payment_id = $1 ORDER BY subject`,
      [paymentId],
    );
    expect(figures).toEqual([
      { subject: 'payout_amount', reference: paymentId, off: -7 },
      { subject: 'refund_paypal_fee', reference: refundId, off: 3 },
      { subject: 'refund_platform_fee', reference: refundId, off: 5 },
    ]);
    const told = await kindsTold(paymentId);
    expect(told.filter((kind) => kind === 'paypal_differs')).toHaveLength(3);
  });

  it('and is what we have posted is told to nobody', async () => {
    const disbursementId = await dueDisbursement();
    const { paymentId } = await disbursementRow(disbursementId);
    await run(refunds().sendRefund, await rows.refund(paymentId));
    expect(await run(disbursements().release, disbursementId)).toBe('released');
    const { rows: figures } = await test.pool.query(
      `SELECT FROM paypal_figure WHERE payment_id = $1 AND said_minor = expected_minor`,
      [paymentId],
    );
    expect(figures).toHaveLength(3);
    expect(await kindsTold(paymentId)).not.toContain('paypal_differs');
  });
});

/** A part of the client, of which some calls are others. */
const instead = <Part extends object>(part: Part, calls: Partial<Part>): Part =>
  Object.assign(Object.create(part) as Part, calls);

async function kindsTold(subjectId: string): Promise<string[]> {
  const { rows: found } = await test.pool.query<{ kind: string }>(
    `SELECT kind FROM notice WHERE subject_id = $1 AND recipient_id = 'operators'`,
    [subjectId],
  );
  return found.map(({ kind }) => kind);
}

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

const openOrder = (paymentId: string) => run(payments().openOrder, paymentId);

/** An awarded auction whose winner has approved the PayPal order. */
async function approvedPayment(source = 'good', policy?: Partial<Policy>): Promise<string> {
  const paymentId = await openPayment(policy);
  await openOrder(paymentId);
  const { paypalOrderId } = await paymentRow(paymentId);
  await approve(paypalOrderId!, source);
  expect(await run(payments().lookAtPayment, paymentId)).toEqual({
    done: true,
    state: 'approved',
  });
  return paymentId;
}

/** What the winner of an auction is to pay, before PayPal has heard of it. */
async function openPayment(policy: Partial<Policy> = {}): Promise<string> {
  const auctionId = await rows.wonAuction({ policy, currency: 'USD' });
  const reassignment = createReassignmentActivities({ database: test.database });
  const offer = await run(reassignment.extendOffer, auctionId);
  return (await run(reassignment.openPayment, offer!.offerId))!.paymentId;
}

async function dueDisbursement(policy?: Partial<Policy>): Promise<string> {
  const paymentId = await approvedPayment('good', policy);
  await capture(paymentId);
  const { id } = await test.database.manager.findOneByOrFail(Disbursement, { paymentId });
  await rows.force('disbursement', id, 'due');
  return id;
}

const approve = (orderId: string, source: string) =>
  harness.control('POST', `orders/${orderId}/approve`, { source });
const fault = (plan: object) => harness.control('POST', 'faults', plan);
const merchant = (status: string) => harness.control('PUT', 'sellers/MERCHANT1', { status });
const holdsFor = (delayedDisbursement: 'enabled' | 'notEnabled') =>
  harness.control('PUT', 'sellers/MERCHANT1', { delayedDisbursement });

const issuesOf = (...lists: string[]): string[] => {
  const all = JSON.parse(readFileSync(ISSUE_CODES, 'utf8')) as Record<string, [string, string][]>;
  const codes = lists.flatMap((list) => all[`checkout_orders_v2.json${list}`]!);
  return [...new Set(codes.map(([code]) => code))];
};

interface Told {
  recipient: string;
  kind: string;
  cause: string;
}

async function noticesAbout(subjectId: string): Promise<Told[]> {
  const { rows: found } = await test.pool.query<Told>(
    `SELECT recipient_id AS recipient, kind, cause FROM notice
     WHERE subject_id = $1 AND kind = 'paypal_refuses' ORDER BY recipient_id, cause`,
    [subjectId],
  );
  return found;
}

const causesFor = async (recipient: string, subjectId: string) =>
  (await noticesAbout(subjectId)).flatMap((one) => (one.recipient === recipient ? one.cause : []));

async function textsFor(recipientId: string, subjectId: string): Promise<string[]> {
  const { rows: found } = await test.pool.query<{ text: string }>(
    'SELECT text FROM notice WHERE recipient_id = $1 AND subject_id = $2 ORDER BY id',
    [recipientId, subjectId],
  );
  return found.map(({ text }) => text);
}

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
const offerRow = (id: string) => test.database.manager.findOneByOrFail(Offer, { id });
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
