import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDisbursementActivities } from '../../src/activities/disbursement/disbursement.activities.ts';
import { createPaymentActivities } from '../../src/activities/payment/payment.activities.ts';
import { createReassignmentActivities } from '../../src/activities/reassignment/reassignment.activities.ts';
import { createRefundActivities } from '../../src/activities/refund/refund.activities.ts';
import {
  Auction,
  Disbursement,
  Offer,
  Payment,
  Refund,
} from '../../src/database/entities/index.ts';
import { offerLifecycle } from '../../src/domain/offer/lifecycle.ts';
import { paymentLifecycle } from '../../src/domain/payment/lifecycle.ts';
import { refundLifecycle, type RefundState } from '../../src/domain/refund/lifecycle.ts';
import { hasEnded, isTaken } from '../../src/domain/payment/paypal-states.ts';
import { clientOf, startHarness, type Harness } from '../../simulators/paypal/harness.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// An operator has a way out of whatever a sale or a refund waits for.

let test: TestDatabase;
let rows: Rows;
let api: TestApi;
let harness: Harness;
let operator: string;
let anna: string;
const step = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  api = await startApi(test);
  operator = await api.token('otto', ['operator']);
  anna = await api.token('anna', ['bidder']);
});
beforeEach(async () => {
  harness = await startHarness();
  return () => harness.close();
});
afterAll(async () => {
  await api.close();
  await test.drop();
});

describe('a sale that nobody has paid', () => {
  const unpaid = paymentLifecycle.states.filter((state) => !hasEnded(state) && !isTaken(state));

  it.each(unpaid)('is ended by an operator while the payment is %s', async (state) => {
    const paymentId = await openedPayment();
    await rows.force('payment', paymentId, state);
    const { auctionId, offerId } = await payment(paymentId);

    if (state === 'capturing' || state === 'unknown') {
      const refused = await endSale(auctionId);
      expect(refused).toMatchObject({ status: 409, json: { code: 'state_conflict', state } });
      expect(refused.json.detail).toContain('onceUncaptured');
      expect(await endSale(auctionId, { onceUncaptured: true })).toMatchObject({ status: 200 });
      expect(await run(payments().capture, paymentId)).toBe('withdrawn');
    } else {
      expect(await endSale(auctionId)).toMatchObject({ status: 200 });
    }

    expect((await payment(paymentId)).state).toBe('withdrawn');
    expect((await offer(offerId)).state).toBe('withdrawn');
    expect(await auction(auctionId)).toMatchObject({
      state: 'unsold',
      unsoldReason: 'ended_by_house',
    });
    expect(await run(reassignment().extendOffer, auctionId)).toBeUndefined();
    expect(await asOthersRead(`/v1/audit?subjectId=${paymentId}`)).toContain('the seller is gone');
  });

  it.each([
    ['INSTRUMENT_DECLINED', 'awarded', 'next'],
    ['PAYER_CANNOT_PAY', 'unsold', 'unsold'],
    ['PAYEE_ACCOUNT_RESTRICTED', 'unsold', 'unsold'],
  ])(
    'is ended as an operator has asked when PayPal answers the capture with %s, and is %s then',
    async (reason, state, then) => {
      const paymentId = await openedPayment();
      const { auctionId, paypalOrderId } = await payment(paymentId);
      await harness.control('POST', `orders/${paypalOrderId}/approve`, {});
      await run(payments().lookAtPayment, paymentId);
      const operation = 'orders.capture';
      await harness.control('POST', 'faults', { operation, kind: 'refused', reason, times: 1 });
      const paypal = clientOf(harness.simulator);
      const capture = paypal.orders.capture.bind(paypal.orders);
      const meanwhile = vi.spyOn(paypal.orders, 'capture').mockImplementation(async (order) => {
        const asked = await endSale(auctionId, { onceUncaptured: true, then });
        expect(asked).toMatchObject({ status: 200 });
        return capture(order);
      });

      expect(await run(payments(paypal).capture, paymentId)).toBe('withdrawn');

      expect(meanwhile).toHaveBeenCalledOnce();
      expect((await auction(auctionId)).state).toBe(state);
      for (const text of await textsAbout(paymentId)) expect(text).not.toContain('pay another way');
    },
  );

  it.each(offerLifecycle.states.filter((state) => ['extended', 'accepted'].includes(state)))(
    'is ended while the offer is %s, and the step that would open the payment sees it',
    async (state) => {
      const auctionId = await rows.wonAuction();
      const offerId = await rows.offer(auctionId, { bidderId: 'anna', state });

      expect(await endSale(auctionId)).toMatchObject({ status: 200 });

      expect((await offer(offerId)).state).toBe('withdrawn');
      expect(await run(reassignment().openPayment, offerId)).toBeUndefined();
      expect(await run(reassignment().awaitAnswer, offerId)).toMatchObject({ state: 'withdrawn' });
    },
  );

  it('goes on to the next bidder if the operator wants that', async () => {
    const paymentId = await openedPayment();
    const { auctionId, offerId } = await payment(paymentId);

    expect(await endSale(auctionId, { then: 'next' })).toMatchObject({ status: 200 });

    expect((await offer(offerId)).state).toBe('withdrawn');
    expect((await auction(auctionId)).state).toBe('awarded');
  });

  it('is not ended twice, nor when it is paid', async () => {
    const paymentId = await openedPayment();
    const { auctionId, paypalOrderId } = await payment(paymentId);
    await harness.control('PUT', `orders/${paypalOrderId}`, { capture: 'COMPLETED' });
    await run(payments().lookAtPayment, paymentId);

    const refused = await endSale(auctionId);
    expect(refused).toMatchObject({ status: 409 });
    expect(refused.json.detail).toContain('refund');
  });

  it('whose seller has closed the account is endable, and the buyer does not read why', async () => {
    const paymentId = await waitingPayment();
    await harness.control('PUT', 'sellers/MERCHANT1', { status: 'closed' });
    await expect(run(payments().openOrder, paymentId)).rejects.toThrow('closed');

    expect(await asOthersRead(`/v1/payments/${paymentId}`)).toContain('locked or closed');
    const seen = await api.get(`/v1/payments/${paymentId}`, { token: anna });
    expect(seen.json.refusalReason).toBe('Payment is not possible at present.');

    const { auctionId } = await payment(paymentId);
    expect(await endSale(auctionId)).toMatchObject({ status: 200 });
    await run(payments().openOrder, paymentId);
    expect(await run(payments().lookAtPayment, paymentId)).toMatchObject({ state: 'withdrawn' });
    for (const text of await textsFor('anna')) expect(text).not.toMatch(/account|closed/);
  });

  it('has the buyer’s authorised money let go, and what is captured all the same given back', async () => {
    const paymentId = await openedPayment();
    const { auctionId, paypalOrderId } = await payment(paymentId);
    await harness.control('PUT', `orders/${paypalOrderId}`, { authorization: 'CREATED' });
    await endSale(auctionId);

    await run(payments().lookAtEndedPayment, paymentId);
    expect((await harness.paypal.orders.get(paypalOrderId!)).seen).toBe('authorization VOIDED');

    await harness.control('PUT', `orders/${paypalOrderId}`, { capture: 'COMPLETED' });
    await run(payments().lookAtEndedPayment, paymentId);
    const [back] = await test.database.manager.findBy(Refund, { paymentId });
    expect(await run(refunds().sendRefund, back!.id)).toBe('completed');

    expect(await payment(paymentId)).toMatchObject({ state: 'refunded' });
    expect(await auction(auctionId)).toMatchObject({ unsoldReason: 'ended_by_house' });
    const held = await test.pool.query(
      `SELECT account FROM ledger_entry JOIN ledger_transaction AS t ON t.id = transaction_id
       WHERE auction_id = $1 AND account LIKE '%held' GROUP BY account HAVING sum(amount_minor) > 0`,
      [auctionId],
    );
    expect(held.rows).toEqual([]);
  });

  it('is asked about once more after its end, by a workflow of its own', async () => {
    const paymentId = await openedPayment();
    await endSale((await payment(paymentId)).auctionId);
    const { rows: told } = await test.pool.query(
      `SELECT message->>'life' AS life FROM outbox WHERE workflow_id = $1`,
      [`late-payment:${paymentId}:end`],
    );
    expect(told).toEqual([{ life: 'latePayment' }]);
  });
});

describe('a refund that is stuck', () => {
  const stuck = refundLifecycle.states.filter((state) => !refundLifecycle.final.includes(state));

  it.each(stuck)('as %s is given up, or tried again', async (state) => {
    const refundId = await refundIn(state);

    expect(await onRefund(refundId, 'retry')).toMatchObject({ status: 200 });
    expect(await onRefund(refundId, 'give-up')).toMatchObject({ status: 200 });
    await run(refunds().sendRefund, refundId);

    expect(await refund(refundId)).toMatchObject({
      state: 'failed',
      failureReason: 'PayPal has none',
    });
    const { totals } = await harness.control<{ totals: Record<string, unknown> }>('GET', 'effects');
    expect(totals.refund).toBeUndefined();
    const audit = await asOthersRead(`/v1/audit?subjectId=${refundId}`);
    expect(audit).toContain('PayPal has none');
  });

  it('is recorded instead of given up when PayPal turns out to have it', async () => {
    const refundId = await refundIn('requested');
    await harness.control('POST', 'faults', {
      operation: 'captures.refund',
      kind: 'reset-after-effect',
      times: 1,
    });
    await expect(run(refunds().sendRefund, refundId)).rejects.toThrow();

    expect(await onRefund(refundId, 'give-up')).toMatchObject({ status: 200 });
    expect(await run(refunds().sendRefund, refundId)).toBe('completed');
  });

  async function refundIn(state: RefundState): Promise<string> {
    const paymentId = await openedPayment();
    const { paypalOrderId } = await payment(paymentId);
    await harness.control('PUT', `orders/${paypalOrderId}`, { capture: 'COMPLETED' });
    await run(payments().lookAtPayment, paymentId);
    const id = await rows.refund(paymentId);
    if (state === 'paying') {
      await test.pool.query(`UPDATE refund SET way = 'payout' WHERE id = $1`, [id]);
    }
    await rows.force('refund', id, state);
    return id;
  }
  async function onRefund(id: string, act: 'give-up' | 'retry') {
    const { paymentId } = await refund(id);
    const body = { reason: 'PayPal has none' };
    return api.post(`/v1/payments/${paymentId}/refunds/${id}/${act}`, { token: operator, body });
  }
});

describe('a payee who changes the account', () => {
  const other = `UPDATE seller SET paypal_merchant_id = 'MERCHANT2' WHERE id = 'seller'`;
  const first = `UPDATE seller SET paypal_merchant_id = 'MERCHANT1' WHERE id = 'seller'`;
  beforeEach(() => async () => {
    await test.pool.query(first);
  });

  it('is paid to the old one for an order that was open, and the refund goes on', async () => {
    const paymentId = await openedPayment();
    const { paypalOrderId } = await payment(paymentId);
    await harness.control('POST', `orders/${paypalOrderId}/approve`, {});
    await run(payments().lookAtPayment, paymentId);
    await test.pool.query(other);

    expect(await run(payments().capture, paymentId)).toBe('captured');
    const refundId = await rows.refund(paymentId);
    expect(await run(refunds().sendRefund, refundId)).toBe('completed');
    expect(await payment(paymentId)).toMatchObject({ payeeMerchantId: 'MERCHANT1' });
  });

  it('is paid to the old one by a release that comes later', async () => {
    const paymentId = await openedPayment();
    const { paypalOrderId } = await payment(paymentId);
    await harness.control('PUT', `orders/${paypalOrderId}`, { capture: 'COMPLETED' });
    await run(payments().lookAtPayment, paymentId);
    await test.pool.query(other);

    const { id } = await test.database.manager.findOneByOrFail(Disbursement, { paymentId });
    await rows.force('disbursement', id, 'due');
    expect(await run(disbursements().release, id)).toBe('released');
  });

  it('is paid to the new one by the next order of the same payment', async () => {
    const paymentId = await openedPayment();
    const { paypalOrderId } = await payment(paymentId);
    await harness.control('DELETE', `orders/${paypalOrderId}`);
    await run(payments().lookAtPayment, paymentId);
    await test.pool.query(other);

    await run(payments().openOrder, paymentId);

    expect(await payment(paymentId)).toMatchObject({
      orderNumber: 2,
      payeeMerchantId: 'MERCHANT2',
    });
  });
});

const run = <Answer>(activity: (id: string) => Promise<Answer>, id: string): Promise<Answer> =>
  step.run(activity, id) as Promise<Answer>;
const payments = (paypal = clientOf(harness.simulator)) =>
  createPaymentActivities({
    database: test.database,
    paypal,
    returnUrl: 'https://shop.example/paid',
  });
const disbursements = () =>
  createDisbursementActivities({ database: test.database, paypal: clientOf(harness.simulator) });
const refunds = () =>
  createRefundActivities({ database: test.database, paypal: clientOf(harness.simulator) });
const reassignment = () => createReassignmentActivities({ database: test.database });

async function waitingPayment(): Promise<string> {
  const auctionId = await rows.wonAuction({ currency: 'USD' });
  const extended = await run(reassignment().extendOffer, auctionId);
  return (await run(reassignment().openPayment, extended!.offerId))!.paymentId;
}

async function openedPayment(): Promise<string> {
  const paymentId = await waitingPayment();
  await run(payments().openOrder, paymentId);
  return paymentId;
}

const endSale = (auctionId: string, more: object = {}) =>
  api.post(`/v1/auctions/${auctionId}/end-sale`, {
    token: operator,
    body: { reason: 'the seller is gone', ...more },
  });

const payment = (id: string) => test.database.manager.findOneByOrFail(Payment, { id });
const offer = (id: string) => test.database.manager.findOneByOrFail(Offer, { id });
const auction = (id: string) => test.database.manager.findOneByOrFail(Auction, { id });
const refund = (id: string) => test.database.manager.findOneByOrFail(Refund, { id });
const asOthersRead = async (path: string) => (await api.get(path, { token: operator })).text;

async function textsFor(recipient: string): Promise<string[]> {
  const { rows: found } = await test.pool.query<{ text: string }>(
    'SELECT text FROM notice WHERE recipient_id = $1',
    [recipient],
  );
  return found.map(({ text }) => text);
}

async function textsAbout(subjectId: string): Promise<string[]> {
  const { rows: found } = await test.pool.query<{ text: string }>(
    'SELECT text FROM notice WHERE subject_id = $1',
    [subjectId],
  );
  return found.map(({ text }) => text);
}
