import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { SkippingHouse, type Sale, type Scene } from '../../support/skipping-house.ts';
import { describeWithTimeSkipping } from '../../support/time-skipping.ts';
import { hear, openDispute, releaseNow, resolve } from '../../support/disputes.ts';

// The buyer has paid 460.00; PayPal takes money back that was captured.

let house: SkippingHouse;

describeWithTimeSkipping('captured money that PayPal takes back', () => {
  beforeAll(async () => void (house = await SkippingHouse.open()));
  afterAll(() => house?.close());
  beforeEach(() => house.pool.query('TRUNCATE paypal_poll'));

  it('leaves no more, is told once, and is recorded from PayPal’s report; the rest goes to the seller', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      await scene.poll();
      await reverse(scene, sale, 10_000);
      await scene.hearAgain();
      expect((await scene.disbursement(sale)).state).toBe('blocked');
      expect(await scene.kindsOfNotices(sale.paymentId)).toEqual(['payment_reversed']);

      await scene.pass('4 hours');
      await scene.poll();
      await scene.poll();
      expect((await scene.disbursement(sale)).state).toBe('held');
      expect((await scene.payment(sale.paymentId)).refundedMinor).toBe(10_000);

      await scene.pass('22 days');
      expect((await scene.disbursement(sale)).state).toBe('released');
      // Of 100.00 the house gives 21.73 back, its share of the fee, and the seller 78.27.
      expect(await scene.balances(sale)).toEqual({
        'buyer:anna': -36_000,
        'paypal:fees': 1_654,
        house: 7_827,
        'seller:SELLER': 26_519,
      });
    }));

  it('ends the sale when it was all of it, though the webhook never came', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      await scene.poll();
      scene.deaf = true;
      await reverse(scene, sale, 46_000);
      await scene.pass('4 hours');
      await scene.poll();
      expect((await scene.disbursement(sale)).state).toBe('cancelled');
      expect((await scene.payment(sale.paymentId)).state).toBe('refunded');
      scene.deaf = false;
      await scene.hearAgain();
      await scene.pass('1 minute');
      expect((await scene.payment(sale.paymentId)).refundedMinor).toBe(46_000);
    }));

  it('is released by a person who has found that there is nothing to it', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      await tellReversal(scene, sale);
      expect((await scene.disbursement(sale)).state).toBe('blocked');
      await releaseNow(scene, sale, 'PayPal says that it was a mistake');
      await scene.pass('1 hour');
      expect((await scene.disbursement(sale)).state).toBe('released');
      const acts = await scene.query(
        `SELECT event, actor_id, reason FROM transition WHERE subject_id = $1 AND event = 'unblock'`,
        sale.disbursementId,
      );
      expect(acts).toEqual([
        { event: 'unblock', actor_id: 'oda', reason: 'PayPal says that it was a mistake' },
      ]);
    }));

  it.each([
    ['before', true],
    ['after', false],
  ])('by a dispute is no second loss, be it told %s the end of the dispute', (_, before) =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      await scene.poll();
      const disputeId = await openDispute(scene, sale, { amountMinor: 10_000 });
      if (before) await tellReversal(scene, sale);
      scene.deaf = !before; // PayPal's own REVERSED comes after the dispute, or with it.
      await resolve(scene, disputeId, { outcome: 'RESOLVED_BUYER_FAVOUR' });
      await scene.pass('4 hours');
      await scene.poll();
      scene.deaf = false;
      await scene.hearAgain();
      await scene.pass('1 minute');
      expect((await scene.payment(sale.paymentId)).refundedMinor).toBe(10_000);
      expect((await scene.disbursement(sale)).state).toBe('held');
      expect(await scene.kindsOfNotices(sale.paymentId)).toEqual([]);
    }),
  );

  it('stays where it is when the dispute that seemed to explain it is won', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      const disputeId = await openDispute(scene, sale, { amountMinor: 10_000 });
      await tellReversal(scene, sale);
      expect(await scene.kindsOfNotices(sale.paymentId)).toEqual([]);
      await resolve(scene, disputeId, { outcome: 'RESOLVED_SELLER_FAVOUR' });
      await scene.pass('22 days');
      expect((await scene.disbursement(sale)).state).toBe('blocked');
      expect(await scene.kindsOfNotices(sale.paymentId)).toEqual(['payment_reversed']);
    }));
});

async function reverse(scene: Scene, { captureId }: Sale, amountMinor: number): Promise<void> {
  await scene.harness.control('POST', `captures/${captureId}/reverse`, { amountMinor });
  await hear(scene);
}

/** PayPal says so, in the form of a refund, and nothing has moved. */
async function tellReversal(scene: Scene, { captureId }: Sale): Promise<void> {
  const resource = {
    id: `R-${captureId}`,
    amount: { currency_code: 'USD', value: '100.00' },
    links: [{ rel: 'up', href: `https://api.paypal.com/v2/payments/captures/${captureId}` }],
  };
  await scene.query(
    `INSERT INTO inbox (provider, event_id, event_type, body)
     VALUES ('paypal', $1, 'PAYMENT.CAPTURE.REVERSED', $2)`,
    `WH-${captureId}`,
    { resource },
  );
  await hear(scene);
}
