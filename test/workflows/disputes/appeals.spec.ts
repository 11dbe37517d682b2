import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { SkippingHouse, type Sale, type Scene } from '../../support/skipping-house.ts';
import { describeWithTimeSkipping } from '../../support/time-skipping.ts';
import { atPayPal, disputeOf, openDispute, resolve } from '../../support/disputes.ts';
import { reconcile } from '../../support/reconcile.ts';

// The buyer has paid 460.00; PayPal keeps 16.54, the house is to get 100.00 and the seller 343.46.

const LOST = { outcome: 'RESOLVED_BUYER_FAVOUR' };
const WON = { outcome: 'RESOLVED_SELLER_FAVOUR' };
const RELEASED = {
  'buyer:anna': -46_000,
  'paypal:fees': 1_654,
  house: 10_000,
  'seller:SELLER': 34_346,
};

let house: SkippingHouse;

describeWithTimeSkipping('a dispute that was lost and is appealed', () => {
  beforeAll(async () => void (house = await SkippingHouse.open()));
  afterAll(() => house?.close());
  beforeEach(() => house.pool.query('TRUNCATE paypal_poll'));

  it('in part, blocks what is left, and brings what was lost back to it when it is won', () =>
    house.play(async (scene) => {
      const { sale, disputeId } = await lost(scene, 10_000);
      expect((await scene.disbursement(sale)).state).toBe('held');
      expect(await scene.isRunning(`dispute:${disputeId}`)).toBe(false);

      await atPayPal(scene, disputeId, 'reopen');
      expect((await disputeOf(scene, disputeId)).state).toBe('appealed');
      expect((await scene.disbursement(sale)).state).toBe('blocked');
      await scene.pass('22 days');
      expect((await scene.disbursement(sale)).state).toBe('blocked');

      await resolve(scene, disputeId, WON);
      await scene.hearAgain();
      await scene.pass('1 hour');
      await expectWonBack(scene, sale, disputeId);
      expect((await scene.disbursement(sale)).state).toBe('released');
      expect(await scene.documents(sale)).toEqual([
        'credit_note',
        'debit_note',
        'invoice',
        'settlement',
      ]);
      const { id } = await disputeOf(scene, disputeId);
      for (const who of ['operators', sale.sellerId]) {
        expect(await scene.kindsOfNotices(id, who)).toEqual([
          'dispute_opened',
          'dispute_ended',
          'dispute_reopened',
          'dispute_ended',
        ]);
        expect((await scene.notices(id, who)).at(-1)!.text).toMatch(/100\.00 EUR of what was lost/);
      }
      await expectReconciled(scene, sale);
    }));

  it('as a whole, is paid to those who had lost it when it is won: the sale itself is undone', () =>
    house.play(async (scene) => {
      const { sale, disputeId } = await lost(scene, 46_000);
      expect((await scene.disbursement(sale)).state).toBe('cancelled');
      await atPayPal(scene, disputeId, 'reopen');
      await resolve(scene, disputeId, WON);
      await expectWonBack(scene, sale, disputeId);
      expect((await scene.payment(sale.paymentId)).state).toBe('captured');
    }));

  it('after the release, gives back to those who had been paid', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      await scene.pass('22 days');
      const disputeId = await openDispute(scene, sale, { amountMinor: 10_000 });
      await resolve(scene, disputeId, LOST);
      await atPayPal(scene, disputeId, 'reopen');
      await resolve(scene, disputeId, WON);
      await expectWonBack(scene, sale, disputeId);
      expect((await scene.disbursement(sale)).state).toBe('released');
    }));

  it('and lost again, loses nothing more', () =>
    house.play(async (scene) => {
      const { sale, disputeId } = await lost(scene, 10_000);
      await atPayPal(scene, disputeId, 'reopen');
      await resolve(scene, disputeId, { ...LOST, refundedMinor: 10_000 });
      expect((await disputeOf(scene, disputeId)).state).toBe('lost');
      expect((await scene.payment(sale.paymentId)).refundedMinor).toBe(10_000);
      expect((await scene.disbursement(sale)).state).toBe('held');
    }));

  it('and won in part, brings the difference back', () =>
    house.play(async (scene) => {
      const { sale, disputeId } = await lost(scene, 10_000);
      await atPayPal(scene, disputeId, 'reopen');
      await resolve(scene, disputeId, { ...LOST, refundedMinor: 4_000 });
      expect(await disputeOf(scene, disputeId)).toMatchObject({ state: 'lost', lost_minor: 4_000 });
      expect((await scene.payment(sale.paymentId)).refundedMinor).toBe(4_000);
    }));

  it('and won before anybody has heard of the appeal, is won back all the same, by the poll', () =>
    house.play(async (scene) => {
      const { sale, disputeId } = await lost(scene, 10_000);
      await scene.poll();
      scene.deaf = true;
      await atPayPal(scene, disputeId, 'reopen');
      await resolve(scene, disputeId, WON);
      await scene.poll();
      await scene.pass('22 days');
      await expectWonBack(scene, sale, disputeId);
    }));

  it.each(['won', 'withdrawn'])('may open again though it was %s, and stops the money', (state) =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      const disputeId = await openDispute(scene, sale, { amountMinor: 10_000 });
      const outcome = state === 'won' ? WON : { outcome: 'CANCELED_BY_BUYER' };
      await resolve(scene, disputeId, outcome);
      expect((await disputeOf(scene, disputeId)).state).toBe(state);
      await atPayPal(scene, disputeId, 'reopen');
      await scene.pass('22 days');
      expect((await disputeOf(scene, disputeId)).state).toBe('open');
      expect((await scene.disbursement(sale)).state).toBe('blocked');
    }),
  );
});

async function lost(scene: Scene, amountMinor: number) {
  const sale = await scene.paidSale();
  const disputeId = await openDispute(scene, sale, { amountMinor });
  await resolve(scene, disputeId, LOST);
  expect((await scene.payment(sale.paymentId)).refundedMinor).toBe(amountMinor);
  return { sale, disputeId };
}

async function expectWonBack(scene: Scene, sale: Sale, disputeId: string): Promise<void> {
  expect(await disputeOf(scene, disputeId)).toMatchObject({ state: 'won', lost_minor: 0 });
  expect((await scene.payment(sale.paymentId)).refundedMinor).toBe(0);
  expect(await scene.balances(sale)).toEqual(RELEASED);
}

/** Ledger and PayPal agree, and the ERP has the documents. */
async function expectReconciled(scene: Scene, sale: Sale): Promise<void> {
  await scene.pass('4 hours');
  const { differences } = await reconcile(house, scene, [sale]);
  expect(differences).toEqual([]);
}
