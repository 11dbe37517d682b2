import { describe, expect, it } from 'vitest';
import { Refund } from '../../src/database/entities/index.ts';
import type { TestDatabase } from '../support/database.ts';
import { owingSellers, type OwingSeller } from '../support/owing-seller.ts';

let test: TestDatabase;
let seller: OwingSeller;

owingSellers('paypal', (given) => ({ test, seller } = given));

describe('a dispute that the buyer wins while a refund is without an answer', () => {
  it('waits for it, and is no second loss when PayPal had refunded', async () => {
    const sale = await seller.dueDisbursement();
    const refundId = await refundWithoutAnswer(sale.paymentId, 'reset-after-effect');
    const disputeId = await seller.isDisputed(sale);
    await seller.endsDispute(disputeId);
    expect((await seller.dispute(disputeId)).state).toBe('open');

    await seller.seesThrough(refundId);
    await seller.lookAtDispute(disputeId);

    expect(await seller.dispute(disputeId)).toMatchObject({ state: 'lost', lostMinor: 0 });
    expect(await refundsOf(sale.paymentId)).toEqual([{ amountMinor: 46_000, state: 'completed' }]);
    expect((await seller.payment(sale.paymentId)).state).toBe('refunded');
  });

  it('waits for it, and is the loss when PayPal had not', async () => {
    const sale = await seller.dueDisbursement();
    const refundId = await refundWithoutAnswer(sale.paymentId, 'reset-before-effect');
    const disputeId = await seller.isDisputed(sale);
    await seller.endsDispute(disputeId);
    expect((await seller.dispute(disputeId)).state).toBe('open');

    expect(await seller.sendRefund(refundId)).toBe('failed');
    await seller.lookAtDispute(disputeId);

    expect(await seller.dispute(disputeId)).toMatchObject({ state: 'lost', lostMinor: 46_000 });
    expect(await refundsOf(sale.paymentId)).toEqual([
      { amountMinor: 46_000, state: 'failed' },
      { amountMinor: 46_000, state: 'completed' },
    ]);
    expect((await seller.payment(sale.paymentId)).state).toBe('refunded');
  });

  it('is won without waiting, as the seller loses nothing by it', async () => {
    const sale = await seller.dueDisbursement();
    await refundWithoutAnswer(sale.paymentId, 'reset-before-effect');
    const disputeId = await seller.isDisputed(sale);
    await seller.endsDispute(disputeId, 'RESOLVED_SELLER_FAVOUR');
    expect((await seller.dispute(disputeId)).state).toBe('won');
  });
});

/** A refund of all of it whose answer never came. */
async function refundWithoutAnswer(paymentId: string, kind: string): Promise<string> {
  const refundId = await seller.refund(paymentId, 46_000);
  await seller.fault({ operation: 'captures.refund', kind });
  await expect(seller.sendRefund(refundId)).rejects.toThrow();
  expect((await seller.refundRow(refundId)).state).toBe('unknown');
  return refundId;
}

async function refundsOf(paymentId: string) {
  const found = await test.database.manager.find(Refund, {
    where: { paymentId },
    order: { createdAt: 'ASC' },
  });
  return found.map(({ amountMinor, state }) => ({ amountMinor, state }));
}
