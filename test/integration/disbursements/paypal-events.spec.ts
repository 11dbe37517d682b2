import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { paymentLifecycle } from '../../../src/domain/payment/lifecycle.ts';
import type { PaymentState } from '../../../src/domain/payment/lifecycle.ts';
import { dispatchNext } from '../../../src/messaging/inbox-dispatcher.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { Rows } from '../../support/rows.ts';

// Each of PayPal's events about a payment, in each state of it: who hears of it? A workflow that has ended
// hears nothing, so whatever it would have had to act on must reach somebody else.

type Effect =
  /** Its workflow is alive, and looks. */
  | 'wakes'
  /** The money is stopped, and operators are told. */
  | 'stops'
  /** Its workflow has ended, and the event does not fit that end: operators are told. */
  | 'tells'
  /** Its workflow has ended: PayPal is asked whether money has come, which goes back. */
  | 'asks'
  /** It is what we know. */
  | 'fits';

const alive = (state: PaymentState): boolean =>
  ['created', 'approved', 'capturing', 'unknown', 'pending'].includes(state);
const captured = (state: PaymentState): boolean =>
  ['captured', 'partially_refunded', 'returning', 'refunded'].includes(state);

/** What an event does once the payment is captured. */
const ONCE_CAPTURED: Record<string, Effect> = {
  'CHECKOUT.ORDER.APPROVED': 'fits',
  'CHECKOUT.ORDER.COMPLETED': 'fits',
  'CHECKOUT.PAYMENT-APPROVAL.REVERSED': 'tells',
  'PAYMENT.AUTHORIZATION.CREATED': 'fits',
  'PAYMENT.AUTHORIZATION.VOIDED': 'tells',
  'PAYMENT.CAPTURE.PENDING': 'fits',
  'PAYMENT.CAPTURE.COMPLETED': 'fits',
  'PAYMENT.CAPTURE.DECLINED': 'stops',
  'PAYMENT.CAPTURE.DENIED': 'stops',
  'PAYMENT.CAPTURE.REVERSED': 'stops',
};

const cells = Object.entries(ONCE_CAPTURED).flatMap(([eventType, onceCaptured]) =>
  paymentLifecycle.states.map((state): [string, PaymentState, Effect] => [
    eventType,
    state,
    alive(state) ? 'wakes' : captured(state) ? onceCaptured : 'asks',
  ]),
);

let test: TestDatabase;
let rows: Rows;
let sales = 0;
beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
});
afterAll(() => test.drop());

describe('PayPal’s event about a payment', () => {
  it.each(cells)('%s of one that is %s: %s', async (eventType, state, effect) => {
    const sale = await aPayment(state);
    await hear(eventType, aboutPayment(eventType, sale));
    await hear(eventType, aboutPayment(eventType, sale)); // As another event, of the same.

    const { disbursementId } = sale;
    const told = await noticesAbout(sale.paymentId);
    const reversals = await count('reversal', 'payment_id', sale.paymentId);
    expect({ told: told.includes('paypal_contradicts'), stopped: reversals > 0 }).toEqual({
      told: effect === 'tells',
      stopped: effect === 'stops',
    });
    if (effect === 'wakes') {
      expect(await outboxOf(`payment:${sale.paymentId}`)).toContain('lookAgain');
    }
    const asked = await count('outbox', "message->'input'->>'paymentId'", sale.paymentId);
    expect(asked > 0).toBe(effect === 'asks');
    if (effect === 'stops') {
      expect(told).toContain('payment_reversed');
      expect(await stateOf(disbursementId!)).toBe('blocked');
      expect(await outboxOf(`disbursement:${disbursementId}`)).toContain('lookAgain');
    }
  });

  it.each([
    ['PAYMENT.CAPTURE.DECLINED', []],
    ['PAYMENT.CAPTURE.DENIED', []],
    ['PAYMENT.CAPTURE.COMPLETED', ['late_money']],
    ['CHECKOUT.PAYMENT-APPROVAL.REVERSED', []],
    ['PAYMENT.AUTHORIZATION.VOIDED', []],
  ])('%s of an earlier attempt, told once the buyer has paid, tells %j', async (type, told) => {
    const sale = await aPayment('captured');
    await test.pool.query(
      `INSERT INTO abandoned_order (paypal_order_id, payment_id, held_by, payee_merchant_id)
       VALUES ($1, $2, 'paypal', 'MERCHANT1')`,
      [`EARLIER-${sale.paymentId}`, sale.paymentId],
    );
    const orderId = `EARLIER-${sale.paymentId}`;
    const resource = type.startsWith('CHECKOUT')
      ? { id: orderId }
      : { id: 'EARLIER', supplementary_data: { related_ids: { order_id: orderId } } };
    await hear(type, resource);
    await hear(type, resource); // As another event, of the same.

    expect(await noticesAbout(sale.paymentId)).toEqual(told);
    expect(await count('reversal', 'payment_id', sale.paymentId)).toBe(0);
    expect(await stateOf(sale.disbursementId!)).not.toBe('blocked');
  });

  it.each(['released', 'auto_released', 'cancelled'])(
    'of captured money that it has taken back is kept and told, though all is %s',
    async (state) => {
      const sale = await aPayment('captured', state);
      await hear('PAYMENT.CAPTURE.REVERSED', { id: sale.captureId });
      expect(await noticesAbout(sale.paymentId)).toEqual(['payment_reversed']);
      expect(await stateOf(sale.disbursementId!)).toBe(state);
    },
  );
});

describe('PayPal’s event about a payout to the seller', () => {
  it.each([
    ['FAILED', 'released', 'P1', true],
    ['FAILED', 'released', 'an earlier one', false],
    ['FAILED', 'releasing', 'P1', false],
    ['COMPLETED', 'cancelled', 'P1', true],
    ['COMPLETED', 'released', 'P1', false],
  ])('%s of one that is %s, by %s, is told: %s', async (what, state, itemId, told) => {
    const sale = await aPayment('captured', state);
    await setPayout(sale.disbursementId!, 'P1');
    const resource = { reference_id: sale.captureId, item_id: itemId };
    await hear(`PAYMENT.REFERENCED-PAYOUT-ITEM.${what}`, resource);
    expect(await noticesAbout(sale.disbursementId!)).toEqual(told ? ['paypal_contradicts'] : []);
    expect(await outboxOf(`disbursement:${sale.disbursementId}`)).toEqual(['lookAgain']);
  });

  it.each([
    ['PAYMENT.PAYOUTS-ITEM.RETURNED', 'released', true],
    ['PAYMENT.PAYOUTS-ITEM.SUCCEEDED', 'released', false],
    ['PAYMENT.PAYOUTS-ITEM.RETURNED', 'releasing', false],
  ])('of the house’s own: %s of one that is %s is told: %s', async (eventType, state, told) => {
    const sale = await aPayment('captured', state);
    const batch = `BATCH-${sale.captureId}`;
    await setPayout(sale.disbursementId!, batch);
    await hear(eventType, { payout_batch_id: batch });
    expect(await noticesAbout(sale.disbursementId!)).toEqual(told ? ['paypal_contradicts'] : []);
  });
});

describe('PayPal’s event about a refund', () => {
  it('that has failed here is told, as the buyer may have it twice', async () => {
    const { paymentId, captureId } = await aPayment('captured');
    const refundId = await rows.refund(paymentId, { paypalRefundId: `RE-${captureId}` });
    await rows.force('refund', refundId, 'failed');
    await hear('PAYMENT.CAPTURE.REFUNDED', { id: `RE-${captureId}` });
    expect(await noticesAbout(refundId)).toEqual(['refund_unclear']);
  });
});

describe('PayPal’s event about a dispute', () => {
  it.each(['CREATED', 'UPDATED', 'RESOLVED'])('%s starts its workflow again', async (what) => {
    await hear(`CUSTOMER.DISPUTE.${what}`, { dispute_id: `PP-D-${what}` });
    expect(await outboxOf(`dispute:PP-D-${what}`)).toEqual(['start', 'lookAgain']);
  });
});

/** With an authorization or an order there is no capture's id. */
const aboutPayment = (
  eventType: string,
  { orderId, captureId }: { orderId: string; captureId: string | null },
): object =>
  eventType.startsWith('CHECKOUT.')
    ? { order_id: orderId }
    : {
        id: eventType.includes('.CAPTURE.') ? (captureId ?? 'UNKNOWN') : 'AUTHORIZATION',
        supplementary_data: { related_ids: { order_id: orderId } },
      };

async function aPayment(state: PaymentState, disbursed = 'held') {
  const nth = ++sales;
  const auctionId = await rows.auction({ state: 'awarded' });
  const captureId = captured(state) ? `CAPTURE-${nth}` : null;
  const orderId = `ORDER-${nth}`;
  const offer = await rows.offer(auctionId);
  const paymentId = await rows.payment(offer, { state, orderId, captureId });
  const disbursementId = captureId && (await rows.disbursement(paymentId, disbursed));
  return { paymentId, orderId, captureId, disbursementId };
}

let events = 0;
async function hear(eventType: string, resource: object): Promise<void> {
  await test.pool.query(
    `INSERT INTO inbox (provider, event_id, event_type, body) VALUES ('paypal', $1, $2, $3)`,
    [`WH-${++events}`, eventType, { resource }],
  );
  const log = pino({ level: 'silent' });
  while ((await dispatchNext({ database: test.database, log })) > 0);
  const { rows: stuck } = await test.pool.query(
    `SELECT event_type, last_error FROM inbox WHERE state = 'waiting'`,
  );
  expect(stuck).toEqual([]);
}

async function noticesAbout(subjectId: string): Promise<string[]> {
  const { rows: found } = await test.pool.query<{ kind: string }>(
    `SELECT DISTINCT kind FROM notice WHERE subject_id = $1 AND recipient_id = 'operators'`,
    [subjectId],
  );
  return found.map(({ kind }) => kind);
}

async function outboxOf(workflowId: string): Promise<string[]> {
  const { rows: found } = await test.pool.query<{ kind: string }>(
    `SELECT message->>'kind' AS kind FROM outbox WHERE workflow_id = $1 ORDER BY id`,
    [workflowId],
  );
  return found.map(({ kind }) => kind);
}

async function count(table: string, column: string, value: string): Promise<number> {
  const { rows: found } = await test.pool.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${table} WHERE ${column} = $1`,
    [value],
  );
  return found[0]!.n;
}

async function stateOf(id: string): Promise<string> {
  const { rows: found } = await test.pool.query<{ state: string }>(
    'SELECT state FROM disbursement WHERE id = $1',
    [id],
  );
  return found[0]!.state;
}

const setPayout = (id: string, itemId: string) =>
  test.pool.query('UPDATE disbursement SET payout_item_id = $2 WHERE id = $1', [id, itemId]);
