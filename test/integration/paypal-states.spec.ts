import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDisbursementActivities } from '../../src/activities/disbursement/disbursement.activities.ts';
import { createPaymentActivities } from '../../src/activities/payment/payment.activities.ts';
import { createReassignmentActivities } from '../../src/activities/reassignment/reassignment.activities.ts';
import { createRefundActivities } from '../../src/activities/refund/refund.activities.ts';
import { Auction, Disbursement, Payment, Refund } from '../../src/database/entities/index.ts';
import { paymentLifecycle, type PaymentState } from '../../src/domain/payment/lifecycle.ts';
import {
  hasEnded,
  isTaken,
  PAYMENT_TABLE,
  paymentAct,
  type PaymentAct,
  type PaymentAtPayPal,
} from '../../src/domain/payment/paypal-states.ts';
import { PAYOUT_STATUSES, payoutStanding } from '../../src/domain/disbursement/paypal-states.ts';
import { REFUND_STATUSES, refundAct } from '../../src/domain/refund/paypal-states.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import { dispatchNext } from '../../src/messaging/inbox-dispatcher.ts';
import { clientOf, startHarness, type Harness } from '../../simulators/paypal/harness.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// Every state of ours by every state of PayPal's: what the activities do is what the table says.

let test: TestDatabase;
let rows: Rows;
let harness: Harness;
const step = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  harness = await startHarness();
});
afterAll(async () => {
  await harness.close();
  await test.drop();
});

describe('PayPal shows', () => {
  it.each(Object.keys(PAYMENT_TABLE) as PaymentAtPayPal[])(
    '%s: what is done is what the table says, whatever the payment is here',
    async (theirs) => {
      for (const ours of paymentLifecycle.states) {
        const paymentId = await paymentIn(ours, theirs);
        const before = await payment(paymentId);
        const act = paymentAct(ours, theirs);

        if (act === 'awaitPerson') await expectToAwaitPerson(before);
        const done = await look(ours, paymentId);

        await expectDone(act, before, done, `${ours} × ${theirs}`);
        expect(await ledgerSum(before.auctionId), `${ours} × ${theirs}`).toBe(0);
      }
    },
    60_000,
  );
});

describe('a payment whose window is over', () => {
  it('is kept when its order was captured by hand: the buyer has paid, and nobody else is asked', async () => {
    const id = await paymentIn('created', 'capture COMPLETED');
    await windowIsOver(id);

    expect(await look('created', id)).toBe(true);

    expect((await payment(id)).state).toBe('captured');
    expect(await offerOf(id)).toBe('paid');
    expect(await noticesFor('anna', id)).toContain('payment_received');
    expect(await noticesFor('seller', id)).toEqual(['sale_paid']);
  });

  it('that has expired gives back what is captured later, once, and the auction goes on', async () => {
    const id = await paymentIn('expired', 'capture COMPLETED');

    await look('expired', id);
    await look('expired', id);

    const late = await payment(id);
    expect(late.state).toBe('returning');
    const refunds = await refundsOf(id);
    expect(refunds).toEqual([
      expect.objectContaining({ amountMinor: late.amountMinor, state: 'requested' }),
    ]);
    expect(await noticesFor('anna', id)).toContain('late_money');
    expect(await noticesFor('operators', id)).toContain('late_money');
    expect(await auctionState(late.auctionId)).toBe('awarded');
  });
});

describe('two payments of one auction', () => {
  it('are never both kept', async () => {
    const id = await paymentIn('captured', 'capture COMPLETED');
    const { auctionId } = await payment(id);
    await rows.force('offer', (await payment(id)).offerId, 'lapsed');
    const second = await rows.payment(await rows.offer(auctionId, { rank: 2, state: 'accepted' }));
    await rows.force('payment', second, 'capturing');
    const keep = test.pool.query(`UPDATE payment SET state = 'captured' WHERE id = $1`, [second]);
    await expect(keep).rejects.toThrow('payment_one_kept');
  });
});

describe('a refund that PayPal shows as', () => {
  it.each(REFUND_STATUSES)('%s is what the table says, whatever it is here', async (theirs) => {
    for (const ours of ['requested', 'sending', 'unknown', 'completed'] as const) {
      const paymentId = await paymentIn('captured', 'capture COMPLETED');
      const { captureId } = await payment(paymentId);
      const { refundId } = await harness.control<{ refundId: string }>(
        'POST',
        `captures/${captureId}/refund`,
        { amountMinor: 1_000 },
      );
      const status = theirs === 'unknown' ? 'SOMETHING_NEW' : theirs;
      await harness.control('PUT', `refunds/${refundId}`, { status });
      const id = await rows.refund(paymentId, { paypalRefundId: refundId });
      await rows.force('refund', id, ours);

      const ends = { complete: 'completed', wait: 'sending', fail: 'failed', leave: ours };
      const act = refundAct(ours, theirs) as keyof typeof ends;
      expect(await run(refunds().sendRefund, id), `${ours} × ${theirs}`).toBe(ends[act]);
    }
  });
});

describe('a payout that PayPal shows as', () => {
  const ends = {
    succeeded: 'released',
    pending: 'releasing',
    unclaimed: 'releasing',
    failed: 'failed',
  };

  it.each([...Object.keys(PAYOUT_STATUSES.referenced), 'SOMETHING_NEW'])(
    '%s is what the table says, when PayPal holds the money',
    async (status) => {
      const id = await releasing('paypal');
      await showPayout(id, status);
      expect(await run(disbursements().release, id)).toBe(
        ends[payoutStanding('referenced', status)],
      );
    },
  );

  it.each([...Object.keys(PAYOUT_STATUSES.batch), 'SOMETHING_NEW'])(
    '%s is what the table says, when the house holds the money',
    async (status) => {
      const id = await releasing('house');
      await showPayout(id, status);
      expect(await run(disbursements().release, id)).toBe(ends[payoutStanding('batch', status)]);
    },
  );

  /** A disbursement whose payout PayPal has taken on, and is not done with. */
  async function releasing(heldBy: 'paypal' | 'house'): Promise<string> {
    const withoutDelayedDisbursement = heldBy === 'paypal' ? 'refuse' : 'holdInHouseAccount';
    const paymentId = await paymentIn('created', 'order APPROVED', { withoutDelayedDisbursement });
    await harness.control('PUT', `orders/${(await payment(paymentId)).paypalOrderId}`, {
      capture: 'COMPLETED',
    });
    await look('created', paymentId);
    const { id } = await test.database.manager.findOneByOrFail(Disbursement, { paymentId });
    await rows.force('disbursement', id, 'due');
    const operation = heldBy === 'paypal' ? 'payouts.create' : 'batchPayouts.create';
    const delayMs = 600_000;
    await harness.control('POST', 'faults', {
      operation,
      kind: 'payout-pending',
      delayMs,
      times: 1,
    });
    expect(await run(disbursements().release, id)).toBe('releasing');
    return id;
  }

  async function showPayout(disbursementId: string, status: string): Promise<void> {
    const { payoutItemId } = await test.database.manager.findOneByOrFail(Disbursement, {
      id: disbursementId,
    });
    await harness.control('PUT', `payouts/${encodeURIComponent(payoutItemId!)}`, {
      status,
      reason: 'RECEIVER_ACCOUNT_LOCKED',
    });
  }
});

describe('money that comes when the piece has gone on to the next bidder', () => {
  it('is told by a webhook, goes back, and leaves the sale to the next as it is', async () => {
    const late = await paymentIn('expired', 'capture COMPLETED');
    const { auctionId, paypalOrderId, sellerId } = await payment(late);
    const offerId = await rows.offer(auctionId, { bidderId: 'bruno', rank: 2, state: 'accepted' });
    const { paymentId: next } = (await run(reassignment().openPayment, offerId))!;
    await run(activities().openOrder, next);
    await harness.control('PUT', `orders/${(await payment(next)).paypalOrderId}`, {
      capture: 'COMPLETED',
    });
    await run(activities().lookAtPayment, next);

    expect(await livesAfterWebhook(paypalOrderId!)).toEqual(['latePayment']);
    await look('expired', late);
    const disbursement = await test.database.manager.findOneByOrFail(Disbursement, {
      paymentId: next,
    });
    await rows.force('disbursement', disbursement.id, 'due');
    expect(await run(disbursements().release, disbursement.id)).toBe('released');
    const [back] = await refundsOf(late);
    expect(await run(refunds().sendRefund, back!.id)).toBe('completed');

    expect((await payment(late)).state).toBe('refunded');
    expect((await payment(next)).state).toBe('captured');
    expect(await auctionState(auctionId)).toBe('settled');
    expect(await balanceOf(auctionId, `seller:${sellerId}:held`)).toBe(0);
    expect(await balanceOf(auctionId, 'buyer:anna')).toBe(0);
    // PayPal keeps its fee for what went back, out of the seller's account: the house owes it.
    const fee = (await payment(late)).paypalFeeMinor!;
    expect(await balanceOf(auctionId, `seller:${sellerId}`)).toBe(disbursement.amountMinor - fee);
    expect(await balanceOf(auctionId, `seller:${sellerId}:credit`)).toBe(fee);
  });

  /** Which lives begin because PayPal tells of the capture of an order. */
  async function livesAfterWebhook(orderId: string): Promise<string[]> {
    // PayPal may leave the order out; our id comes back in each capture.
    const { id } = await test.database.manager.findOneByOrFail(Payment, { paypalOrderId: orderId });
    const body = { resource: { custom_id: id } };
    await test.pool.query(
      `INSERT INTO inbox (provider, event_id, event_type, body)
       VALUES ('paypal', $1, 'PAYMENT.CAPTURE.COMPLETED', $2)`,
      [`WH-${orderId}`, body],
    );
    await dispatchNext({ database: test.database, log: pino({ level: 'silent' }) });
    const { rows: begun } = await test.pool.query<{ life: string }>(
      `SELECT message->>'life' AS life FROM outbox WHERE workflow_id LIKE 'late-payment:%:event-%'`,
    );
    return begun.map(({ life }) => life);
  }
});

describe('an order that was declined and followed by another', () => {
  it('pays the sale when it is paid after all', async () => {
    const id = await paymentIn('approved', 'capture DECLINED');
    const { paypalOrderId: first } = await payment(id);
    await look('approved', id);
    await run(activities().openOrder, id);
    expect((await payment(id)).paypalOrderId).not.toBe(first);

    await harness.control('PUT', `orders/${first}`, { capture: 'COMPLETED' });
    await look('created', id);

    expect(await payment(id)).toMatchObject({ state: 'captured', paypalOrderId: first });
  });
});

const run = <Answer>(activity: (id: string) => Promise<Answer>, id: string): Promise<Answer> =>
  step.run(activity, id) as Promise<Answer>;
const reassignment = () => createReassignmentActivities({ database: test.database });
const refunds = () =>
  createRefundActivities({ database: test.database, paypal: clientOf(harness.simulator, 2_000) });
const disbursements = () =>
  createDisbursementActivities({
    database: test.database,
    paypal: clientOf(harness.simulator, 2_000),
  });
const activities = () =>
  createPaymentActivities({
    database: test.database,
    paypal: clientOf(harness.simulator, 2_000),
    returnUrl: 'https://shop.example/paid',
  });

/** Whether the look came to rest. */
async function look(ours: PaymentState, id: string): Promise<boolean> {
  const { lookAtPayment, lookAtEndedPayment } = activities();
  const activity = hasEnded(ours) ? lookAtEndedPayment : lookAtPayment;
  return (await run(activity, id)).done;
}

/** A payment in a state of ours, whose order is in a state of PayPal's. */
async function paymentIn(
  ours: PaymentState,
  theirs: PaymentAtPayPal,
  policy: Partial<Policy> = {},
): Promise<string> {
  const byHouse = policy.withoutDelayedDisbursement === 'holdInHouseAccount';
  const delayedDisbursement = byHouse ? 'notEnabled' : 'enabled';
  await harness.control('PUT', 'sellers/MERCHANT1', { delayedDisbursement });
  const auctionId = await rows.wonAuction({ currency: 'USD', policy });
  const offer = await run(reassignment().extendOffer, auctionId);
  const { paymentId } = (await run(reassignment().openPayment, offer!.offerId))!;
  await run(activities().openOrder, paymentId);
  const { paypalOrderId } = await payment(paymentId);
  if (isTaken(ours)) {
    await harness.control('PUT', `orders/${paypalOrderId}`, { capture: 'COMPLETED' });
    await look('created', paymentId);
  }
  if (hasEnded(ours)) await rows.force('offer', offer!.offerId, 'lapsed');
  await rows.force('payment', paymentId, ours);
  await bringPayPalTo(theirs, paypalOrderId!);
  await reportIsComplete(paymentId);
  return paymentId;
}

async function bringPayPalTo(theirs: PaymentAtPayPal, orderId: string): Promise<void> {
  const [thing, status] = theirs.split(' ') as [string, string];
  const { captureId } = await harness.control<{ captureId?: string }>(
    'PUT',
    `orders/${orderId}`,
    {},
  );
  if (theirs === 'order forgotten') {
    await harness.control('DELETE', `orders/${orderId}`);
    return;
  }
  const shown = status === 'unknown' ? 'SOMETHING_NEW' : status;
  // An order that was captured before shows nothing of that any more.
  if (captureId && thing !== 'capture') {
    await harness.control('PUT', `orders/${orderId}`, { capture: null });
  }
  await harness.control('PUT', `orders/${orderId}`, { [thing]: shown });
}

/** PayPal's report shows what moved within four hours: those are over. */
async function reportIsComplete(id: string): Promise<void> {
  const client = await test.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL session_replication_role = replica');
    await client.query(`UPDATE transition SET at = at - interval '5 hours' WHERE subject_id = $1`, [
      id,
    ]);
    await client.query('COMMIT');
  } finally {
    client.release();
  }
}

const windowIsOver = (id: string) =>
  test.pool.query(`UPDATE payment SET pay_until = now() - interval '1 minute' WHERE id = $1`, [id]);

type Seen = Payment & { refundRows: number };

async function expectDone(act: PaymentAct, before: Seen, done: boolean, cell: string) {
  const after = await payment(before.id);
  const told = async (recipient: string) => noticesFor(recipient, before.id);
  const expectState = (state: PaymentState) => expect(after.state, cell).toBe(state);
  switch (act) {
    case 'wait':
    case 'hold':
      expectState(before.state);
      return expect(done, cell).toBe(false);
    case 'leave':
      expect(after, cell).toEqual(before);
      return expect(done, cell).toBe(true);
    case 'tellPerson':
      expectState(before.state);
      return expect(await told('operators'), cell).toContain('payment_unclear');
    case 'awaitPerson':
      expect(done, cell).toBe(true);
      expect(await offerOf(before.id), cell).toBe('withdrawn');
      return expectState('withdrawn');
    case 'reopen':
      expectState('created');
      return expect(after.paypalOrderId, cell).toBeNull();
    case 'approve':
    case 'findUncaptured':
      return expectState('approved');
    case 'sendBack':
      expectState('created');
      expect(await told('anna'), cell).toContain('payment_refused');
      return expect(after, cell).toMatchObject({ paypalOrderId: null, refusals: 1 });
    case 'recordPending':
      expectState('pending');
      return expect(done, cell).toBe(false);
    case 'recordCapture':
      expectState('captured');
      return expect(after.refundRows, cell).toBe(await refundsAtPayPal(after));
    case 'recordRefunds':
      return expect(after.refundRows, cell).toBe(await refundsAtPayPal(after));
    case 'recordLate': {
      expectState('returning');
      const returned = (await refundsOf(before.id)).reduce((sum, one) => sum + one.amountMinor, 0);
      return expect(returned, cell).toBe(after.amountMinor);
    }
    case 'void': {
      expectState(before.state);
      const { authorization } = await clientOf(harness.simulator).orders.get(after.paypalOrderId!);
      expect(authorization, cell).toMatchObject({ status: 'decided' });
      return expect(await look(before.state, before.id), cell).toBe(true);
    }
  }
}

/** Whether the money was taken cannot be told: it stays as it is, until an operator asks to end the sale. */
async function expectToAwaitPerson({ id, state }: Seen): Promise<void> {
  await expect(look(state, id), state).rejects.toThrow('whether the buyer has paid cannot be told');
  expect(await payment(id), state).toMatchObject({ state, paypalOrderId: expect.any(String) });
  expect(await noticesFor('operators', id), state).toContain('paypal_refuses');
  await test.pool.query(`UPDATE payment SET end_reason = 'not at PayPal' WHERE id = $1`, [id]);
}

async function refundsAtPayPal({ paypalOrderId }: Payment): Promise<number> {
  return (await clientOf(harness.simulator).orders.get(paypalOrderId!)).refunds!.length;
}

async function payment(id: string): Promise<Seen> {
  const found = await test.database.manager.findOneByOrFail(Payment, { id });
  return Object.assign(found, { refundRows: (await refundsOf(id)).length });
}

const refundsOf = (paymentId: string) => test.database.manager.findBy(Refund, { paymentId });

async function offerOf(id: string): Promise<string> {
  const { rows: found } = await test.pool.query<{ state: string }>(
    'SELECT offer.state FROM offer JOIN payment ON offer_id = offer.id WHERE payment.id = $1',
    [id],
  );
  return found[0]!.state;
}

async function noticesFor(recipient: string, subjectId: string): Promise<string[]> {
  const { rows: found } = await test.pool.query<{ kind: string }>(
    'SELECT kind FROM notice WHERE recipient_id = $1 AND subject_id = $2 ORDER BY id',
    [recipient, subjectId],
  );
  return found.map(({ kind }) => kind);
}

const auctionState = async (id: string) =>
  (await test.database.manager.findOneByOrFail(Auction, { id })).state;

async function balanceOf(auctionId: string, account: string): Promise<number> {
  const { rows: found } = await test.pool.query<{ sum: number }>(
    `SELECT coalesce(sum(amount_minor), 0)::bigint AS sum FROM ledger_entry
     JOIN ledger_transaction AS t ON t.id = transaction_id WHERE auction_id = $1 AND account = $2`,
    [auctionId, account],
  );
  return Number(found[0]!.sum);
}

async function ledgerSum(auctionId: string): Promise<number> {
  const { rows: found } = await test.pool.query<{ sum: number }>(
    `SELECT coalesce(sum(amount_minor), 0)::bigint AS sum FROM ledger_entry
     JOIN ledger_transaction AS t ON t.id = transaction_id WHERE auction_id = $1`,
    [auctionId],
  );
  return Number(found[0]!.sum);
}
