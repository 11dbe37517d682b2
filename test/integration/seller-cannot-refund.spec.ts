import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { createPollActivities } from '../../src/activities/paypal/poll.activities.ts';
import { createRefundActivities } from '../../src/activities/refund/refund.activities.ts';
import { Refund } from '../../src/database/entities/index.ts';
import { unknownRefunds } from '../../src/services/paypal/paypal-poll.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import type { RefundOutcome } from '../../src/integrations/paypal/index.ts';
import type { TestDatabase } from '../support/database.ts';
import { owingSellers, type OwingSeller, partOf } from '../support/owing-seller.ts';
import type { Rows } from '../support/rows.ts';

// PayPal has held the money and released it: a refund is the seller's to pay, who may have nothing left.

/** The simulator's buyer. */
const PAYER = 'QYR5Z8XDVJNXQ';

let test: TestDatabase;
let rows: Rows;
let seller: OwingSeller;

owingSellers('paypal', (given) => ({ test, rows, seller } = given));

describe('a refund after the release that the seller cannot pay', () => {
  it('is told to operators and fails where the policy says so', async () => {
    const { paymentId } = await releasedAndSpent({ whenSellerCannotRefund: 'tellOperators' });
    const refundId = await seller.refund(paymentId, 10_000);
    expect(await seller.sendRefund(refundId)).toBe('failed');
    expect(await seller.hears(refundId, 'operators')).toContain('do not cover the refund');
    expect(await paidToBuyer(refundId)).toBeUndefined();
  });

  it('is paid by the house, and owed by the seller', async () => {
    const { paymentId } = await releasedAndSpent();
    const sellerHas = await seller.has();
    const houseHas = await seller.balanceOf('house');
    const refundId = await seller.refund(paymentId, 10_000);

    expect(await seller.sendRefund(refundId)).toBe('paying');
    expect(await seller.sendRefund(refundId)).toBe('paying');
    await seller.seesThrough(refundId);

    expect(await seller.refundRow(refundId)).toMatchObject({ way: 'payout', paypalRefundId: null });
    expect(await paidToBuyer(refundId)).toEqual({ count: 1, amountMinor: 10_000 });
    expect(await seller.owes()).toBe(partOf(10_000));
    expect(await seller.has()).toBe(sellerHas);
    // The house's own part of the refund, and what PayPal takes for a payout.
    expect(await seller.balanceOf('house')).toBe(houseHas - (10_000 - partOf(10_000)) - 25);
    const { refundedMinor, state } = await seller.payment(paymentId);
    expect({ refundedMinor, state }).toEqual({
      refundedMinor: 10_000,
      state: 'partially_refunded',
    });
    expect(await seller.hears(refundId, 'anna')).toBe(
      '100.00 USD went back to you, from our own PayPal account: a scratch',
    );
    expect(await seller.hears(refundId)).toContain('you owe it to us');
    expect(await seller.hears(refundId, 'operators')).toContain('The house pays the buyer');
  });

  it('goes to the account that paid, of which nobody is told', async () => {
    const { paymentId } = await releasedAndSpent();
    await seller.harness.control('PUT', `sellers/${PAYER}`, { status: 'closed' });
    const refundId = await seller.refund(paymentId, 10_000);
    await seller.sendRefund(refundId);
    expect(await seller.sendRefund(refundId)).toBe('failed');

    const told = await seller.hears(refundId, 'operators');
    expect(told).toContain('RECEIVER_ACCOUNT_LOCKED');
    const { rows: kept } = await test.pool.query<{ text: string }>(
      `SELECT row_to_json(notice)::text AS text FROM notice
       UNION ALL SELECT row_to_json(transition)::text FROM transition
       UNION ALL SELECT row_to_json(outbox)::text FROM outbox`,
    );
    expect(kept.map(({ text }) => text).join()).not.toContain(PAYER);
    expect(await seller.owes()).toBe(0);
  });

  it('goes to the account that paid before Gavel kept which one that was', async () => {
    const { paymentId } = await releasedAndSpent();
    await test.pool.query('UPDATE payment SET payer_id = NULL WHERE id = $1', [paymentId]);
    await seller.refunded({ paymentId }, 10_000);
  });

  it.each([
    { kind: 'reset-before-effect', dies: 'before' },
    { kind: 'reset-after-effect', dies: 'after' },
    { kind: '500-after-effect', dies: 'in' },
  ])('is paid once when the connection dies $dies the payout', async ({ kind }) => {
    const { paymentId } = await releasedAndSpent();
    const refundId = await seller.refund(paymentId, 10_000);
    await seller.sendRefund(refundId);
    await seller.fault({ kind });

    await expect(seller.sendRefund(refundId)).rejects.toThrow();
    expect((await seller.refundRow(refundId)).state).toBe('unknown');
    await seller.seesThrough(refundId);
    expect(await seller.sendRefund(refundId)).toBe('completed');
    expect(await paidToBuyer(refundId)).toMatchObject({ count: 1 });
    expect(await seller.owes()).toBe(partOf(10_000));
  });

  it('is known at PayPal by its id even when PayPal does not say at once how it stands', async () => {
    const { paymentId } = await releasedAndSpent();
    const refundId = await seller.refund(paymentId, 10_000);
    await seller.sendRefund(refundId);
    await seller.fault({ operation: 'batchPayouts.get', kind: '503' });
    expect(await seller.sendRefund(refundId)).toBe('paying');
    expect((await seller.refundRow(refundId)).payoutBatchId).not.toBeNull();
  });

  it('is paid once when two workers are at it', async () => {
    const { paymentId } = await releasedAndSpent();
    const refundId = await seller.refund(paymentId, 10_000);
    await Promise.all([seller.sendRefund(refundId), seller.sendRefund(refundId)]);
    await Promise.all([seller.sendRefund(refundId), seller.sendRefund(refundId)]);
    await seller.seesThrough(refundId);
    expect(await paidToBuyer(refundId)).toMatchObject({ count: 1 });
    expect(await seller.owes()).toBe(partOf(10_000));
  });

  it('that PayPal makes after all, in answer to a slower attempt, is for a person to look at', async () => {
    const { paymentId } = await releasedAndSpent();
    const refundId = await seller.refund(paymentId, 10_000);
    const { paypal } = seller.harness;
    let answer: ((outcome: RefundOutcome) => void) | undefined;
    const slow = createRefundActivities({
      database: test.database,
      paypal: {
        ...paypal,
        captures: {
          get: (id) => paypal.captures.get(id),
          refund: () => new Promise<RefundOutcome>((resolve) => (answer = resolve)),
        },
      },
    });
    const late = seller.run(slow.sendRefund, refundId);
    await vi.waitFor(() => expect(answer).toBeDefined());
    expect(await seller.sendRefund(refundId)).toBe('paying');

    answer!({ outcome: 'refunded', refund: { refundId: 'LATE' } as never });
    expect(await late).toBe('paying');
    expect(await seller.hears(refundId, 'operators')).toContain('whether the buyer has it twice');
    await seller.seesThrough(refundId);
    expect(await paidToBuyer(refundId)).toMatchObject({ count: 1 });
  });

  it.each(['paying', 'failed'] as const)(
    'that is %s, and made by PayPal after all as its report tells, is for a person to look at, once',
    async (state) => {
      const { paymentId } = await releasedAndSpent(
        state === 'failed' ? { whenSellerCannotRefund: 'tellOperators' } : undefined,
      );
      const refundId = await seller.refund(paymentId, 10_000);
      expect(await seller.sendRefund(refundId)).toBe(state);
      await test.pool.query(
        `INSERT INTO paypal_transaction (transaction_id, event_code, status, amount_minor, currency,
           fee_minor, invoice_id, payment_id, initiated_at)
         VALUES ($1, 'T1107', 'success', -10000, 'USD', 0, $2, $3, now())`,
        [`LATE-${refundId}`, refundId, paymentId],
      );
      const { findMovements } = createPollActivities({
        database: test.database,
        paypal: seller.harness.paypal,
      });
      const found = async () => {
        const lines = await unknownRefunds(test.database, new Date(0));
        return lines.filter(({ invoiceId }) => invoiceId === refundId).length;
      };
      expect(await found()).toBe(1);

      await seller.run(findMovements, '');

      expect(await seller.hears(refundId, 'operators')).toContain('whether the buyer has it twice');
      expect(await found()).toBe(0);
      expect(await test.database.manager.countBy(Refund, { paymentId })).toBe(1);
    },
  );

  it('that a person has given up is told of when PayPal pays it all the same', async () => {
    const { paymentId } = await releasedAndSpent();
    const refundId = await seller.refund(paymentId, 10_000);
    await seller.sendRefund(refundId);
    const { paypal } = seller.harness;
    let goOn: (() => void) | undefined;
    const slow = createRefundActivities({
      database: test.database,
      paypal: {
        ...paypal,
        payouts: {
          get: (id) => paypal.payouts.get(id),
          pay: async (asked) => {
            await new Promise<void>((resolve) => (goOn = resolve));
            return paypal.payouts.pay(asked);
          },
        },
      },
    });
    const late = seller.run(slow.sendRefund, refundId);
    await vi.waitFor(() => expect(goOn).toBeDefined());
    await rows.force('refund', refundId, 'failed');
    goOn!();

    expect(await late).toBe('failed');
    expect(await seller.hears(refundId, 'operators')).toContain('a refund that has failed here');
    expect(await seller.sendRefund(refundId)).toBe('failed');
  });

  it('is not paid again when nothing was heard of the payout for 30 days: a person must look', async () => {
    const refundId = await lostSightOf();
    await backdateAsking(refundId, 31);
    await expect(seller.sendRefund(refundId)).rejects.toThrow('30 days ago is not known');
    expect(await paidToBuyer(refundId)).toBeUndefined();
    expect(await seller.hears(refundId, 'operators')).toContain('look it up at PayPal');
  });

  it('is paid although PayPal did not let the house pay for longer than it keeps a key', async () => {
    const { paymentId } = await releasedAndSpent();
    const refundId = await seller.refund(paymentId, 10_000);
    await seller.sendRefund(refundId);
    await seller.fault({ kind: 'refused', reason: 'AUTHORIZATION_ERROR' });
    await expect(seller.sendRefund(refundId)).rejects.toThrow('AUTHORIZATION_ERROR');
    await backdateAsking(refundId, 31);
    await seller.seesThrough(refundId);
    expect(await paidToBuyer(refundId)).toMatchObject({ count: 1 });
  });

  it('that the buyer does not accept comes back after 30 days, and may be asked for again', async () => {
    const { paymentId } = await releasedAndSpent();
    const refundId = await seller.refund(paymentId, 10_000);
    await seller.fault({ kind: 'payout-unclaimed' });
    await seller.sendRefund(refundId);
    expect(await seller.sendRefund(refundId)).toBe('paying');
    expect(await seller.hears(refundId, 'anna')).toContain('accept it there within 30 days');

    await seller.harness.control('POST', 'clock', { advanceDays: 31 });
    expect(await seller.sendRefund(refundId)).toBe('failed');
    expect(await seller.owes()).toBe(0);
    expect(await seller.hears(refundId, 'operators')).toContain('then refund again');

    await seller.refunded({ paymentId }, 10_000);
    expect(await seller.owes()).toBe(partOf(10_000));
  });

  it('stays failed while the buyer disputes, as PayPal may yet pay', async () => {
    const { paymentId } = await releasedAndSpent();
    await rows.dispute(paymentId, `PP-D-${randomUUID()}`);
    expect(await seller.sendRefund(await seller.refund(paymentId, 46_000))).toBe('failed');
  });

  it.each(['PAYEE_ACCOUNT_RESTRICTED', 'PAYEE_ACCOUNT_LOCKED_OR_CLOSED'])(
    'because of %s is the house’s to pay, too',
    async (reason) => {
      const { paymentId } = await releasedAndSpent();
      const refundId = await seller.refund(paymentId, 10_000);
      await seller.fault({ operation: 'captures.refund', kind: 'refused', reason });
      expect(await seller.sendRefund(refundId)).toBe('paying');
    },
  );

  it('is the seller’s as before while PayPal holds the money, whatever PayPal refuses it for', async () => {
    const { paymentId } = await seller.dueDisbursement({ whenSellerCannotRefund: 'housePays' });
    const refundId = await seller.refund(paymentId, 10_000);
    const reason = 'PAYEE_ACCOUNT_RESTRICTED';
    await seller.fault({ operation: 'captures.refund', kind: 'refused', reason });
    expect(await seller.sendRefund(refundId)).toBe('failed');
  });

  it('is netted when the house pays the seller next', async () => {
    const { paymentId } = await releasedAndSpent();
    await seller.refunded({ paymentId }, 10_000);
    const owedMinor = await seller.owes();
    await seller.isHeldBy('house');

    const next = await seller.released(await seller.dueDisbursement());
    expect(next).toMatchObject({ heldBy: 'house', nettedMinor: owedMinor });
    expect(await seller.owes()).toBe(0);
  });
});

describe('a dispute about a sale whose refund the house pays', () => {
  /** A refund that is the house's to pay, and PayPal does not let the house pay anybody. */
  async function waitingForPayPal(amountMinor = 46_000) {
    const sale = await releasedAndSpent();
    const refundId = await seller.refund(sale.paymentId, amountMinor);
    await seller.sendRefund(refundId);
    await seller.fault({ kind: 'refused', reason: 'AUTHORIZATION_ERROR' });
    await expect(seller.sendRefund(refundId)).rejects.toThrow('AUTHORIZATION_ERROR');
    expect((await seller.refundRow(refundId)).state).toBe('paying');
    return { ...sale, refundId };
  }

  /** A refund that the house has paid, as PayPal knows, and the buyer has not accepted. */
  async function unclaimed(amountMinor = 46_000) {
    const sale = await releasedAndSpent();
    const refundId = await seller.refund(sale.paymentId, amountMinor);
    await seller.sendRefund(refundId);
    await seller.fault({ kind: 'payout-unclaimed' });
    expect(await seller.sendRefund(refundId)).toBe('paying');
    return { ...sale, refundId };
  }

  const claim = async (refundId: string) => {
    const { payoutBatchId } = await seller.refundRow(refundId);
    await seller.harness.control('POST', `payouts/${payoutBatchId}/claim`);
  };

  it('keeps the house from paying what it has not paid yet', async () => {
    const sale = await waitingForPayPal();
    const disputeId = await seller.isDisputed(sale);
    expect(await seller.sendRefund(sale.refundId)).toBe('failed');
    expect(await seller.hears(sale.refundId, 'operators')).toContain('a dispute');

    await seller.endsDispute(disputeId, 'RESOLVED_SELLER_FAVOUR');
    expect(await paidToBuyer(sale.refundId)).toBeUndefined();
    await seller.refunded(sale, 46_000);
  });

  it('and lost before the house has paid gives the buyer the money once', async () => {
    const sale = await waitingForPayPal();
    await seller.endsDispute(await seller.isDisputed(sale));
    expect((await seller.payment(sale.paymentId)).refundedMinor).toBe(46_000);

    expect(await seller.sendRefund(sale.refundId)).toBe('failed');
    expect(await paidToBuyer(sale.refundId)).toBeUndefined();
    expect((await seller.payment(sale.paymentId)).refundedMinor).toBe(46_000);
  });

  it('and lost in part before the house has paid leaves the house what is left to pay', async () => {
    const sale = await waitingForPayPal(20_000);
    await seller.endsDispute(await seller.isDisputed(sale, 30_000));
    expect(await seller.sendRefund(sale.refundId)).toBe('failed');
    await seller.refunded(sale, 16_000);
    expect((await seller.payment(sale.paymentId)).refundedMinor).toBe(46_000);
  });

  it('does not stop a payout of which PayPal has told nothing: it may have been made', async () => {
    const sale = await releasedAndSpent();
    const refundId = await seller.refund(sale.paymentId, 46_000);
    await seller.sendRefund(refundId);
    await seller.fault({ kind: 'reset-after-effect' });
    await expect(seller.sendRefund(refundId)).rejects.toThrow();
    await seller.isDisputed(sale);
    await seller.seesThrough(refundId);
    expect(await paidToBuyer(refundId)).toMatchObject({ count: 1 });
  });

  it('and lost while the buyer has yet to accept the payout is left for operators', async () => {
    const sale = await unclaimed();
    const disputeId = await seller.isDisputed(sale);
    await seller.endsDispute(disputeId);
    expect((await seller.payment(sale.paymentId)).refundedMinor).toBe(0);
    await claim(sale.refundId);
    expect(await seller.sendRefund(sale.refundId)).toBe('completed');

    expect((await seller.payment(sale.paymentId)).refundedMinor).toBe(46_000);
    const { id } = await seller.dispute(disputeId);
    const told = await seller.hears(id, 'operators');
    expect(told).toContain('PayPal has given 460.00 USD back to the buyer');
    expect(told).toContain('460.00 USD of it is not recorded');
  });

  it('and lost in part beside a payout is recorded as far as the two are not the same money', async () => {
    const sale = await unclaimed(20_000);
    const disputeId = await seller.isDisputed(sale, 30_000);
    await seller.endsDispute(disputeId);
    const dispute = await seller.dispute(disputeId);
    expect(dispute.lostMinor).toBe(26_000);
    expect(await seller.hears(dispute.id, 'operators')).toContain(
      '40.00 USD of it is not recorded',
    );
    await claim(sale.refundId);
    expect(await seller.sendRefund(sale.refundId)).toBe('completed');
    expect((await seller.payment(sale.paymentId)).refundedMinor).toBe(46_000);
  });

  it('and lost after the house has paid says what PayPal took, and that it is not recorded', async () => {
    const sale = await releasedAndSpent();
    await seller.refunded(sale, 46_000);
    const disputeId = await seller.isDisputed(sale);
    await seller.endsDispute(disputeId);

    const { id } = await seller.dispute(disputeId);
    for (const recipient of ['operators', seller.id]) {
      const told = await seller.hears(id, recipient);
      expect(told).toContain('PayPal has given 460.00 USD back to the buyer');
      expect(told).not.toContain('No money was taken');
    }
    expect(await seller.hears(id, 'operators')).toContain('460.00 USD of it is not recorded');
    expect(await seller.hears(id)).not.toContain('not recorded');
  });

  it('that ends with a refund of PayPal’s that is recorded leaves nothing unclear', async () => {
    const { paymentId } = await seller.released(await seller.dueDisbursement());
    const disputeId = await seller.isDisputed({ paymentId });
    await seller.refunded({ paymentId }, 46_000);
    await seller.endsDispute(disputeId);
    const { id } = await seller.dispute(disputeId);
    expect(await seller.hears(id, 'operators')).toContain('No money was taken');
  });
});

/** A sale whose money PayPal has held and released; of which then nothing is left. */
async function releasedAndSpent(policy: Partial<Policy> = { whenSellerCannotRefund: 'housePays' }) {
  const released = await seller.released(await seller.dueDisbursement(policy));
  await seller.goesBroke();
  return released;
}

/** What the house has paid the buyer for a refund. */
const paidToBuyer = async (refundId: string) =>
  (await seller.effects()).byRequestId[`refund:${refundId}`]?.payout;

/** A refund that the house was paying when the connection died; of which PayPal has no payout. */
async function lostSightOf(): Promise<string> {
  const { paymentId } = await releasedAndSpent();
  const refundId = await seller.refund(paymentId, 10_000);
  await seller.sendRefund(refundId);
  await seller.fault({ kind: 'reset-before-effect' });
  await expect(seller.sendRefund(refundId)).rejects.toThrow();
  return refundId;
}

/** As if PayPal had been asked for the payout so many days earlier, if it may have been at all. */
const backdateAsking = (refundId: string, days: number) =>
  test.pool.query(
    `UPDATE refund SET payout_asked_at = payout_asked_at - $2 * interval '1 day' WHERE id = $1`,
    [refundId, days],
  );
