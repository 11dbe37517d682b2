import { afterAll, beforeAll, expect, it } from 'vitest';
import { SkippingHouse, type Sale, type Scene } from '../../support/skipping-house.ts';
import { describeWithTimeSkipping } from '../../support/time-skipping.ts';
import { disputeOf, openDispute, resolve } from '../../support/disputes.ts';

// 460.00 captured, of which PayPal takes 16.54 and the house 100.00.
const CAPTURED = { count: 1, amountMinor: 46_000 };
const LOST = { outcome: 'RESOLVED_BUYER_FAVOUR' };
const WON = { outcome: 'RESOLVED_SELLER_FAVOUR' };

let house: SkippingHouse;

describeWithTimeSkipping('a payment with two disputes', () => {
  beforeAll(async () => void (house = await SkippingHouse.open()));
  afterAll(() => house?.close());

  it.each([
    ['the first of them', [0, 1]],
    ['the second of them', [1, 0]],
  ])('stays blocked when %s ends, until the other has, too', (_, order) =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      const ids = [
        await openDispute(scene, sale, { amountMinor: 10_000, respondInDays: 60 }),
        await openDispute(scene, sale, { amountMinor: 20_000, respondInDays: 60 }),
      ];
      await resolve(scene, ids[order[0]!]!, WON);
      await scene.hearAgain();
      await scene.pass('22 days');
      expect((await scene.disbursement(sale)).state).toBe('blocked');
      expect(await scene.effects()).toEqual({ capture: CAPTURED });

      await resolve(scene, ids[order[1]!]!, WON);
      await scene.pass('1 day');
      expect((await scene.disbursement(sale)).state).toBe('released');
    }),
  );

  it('is blocked again by a dispute that opens when another has ended', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      await resolve(scene, await openDispute(scene, sale, { amountMinor: 10_000 }), WON);
      expect((await scene.disbursement(sale)).state).toBe('held');
      const second = await openDispute(scene, sale, { amountMinor: 20_000 });
      await scene.hearAgain();
      expect((await scene.disbursement(sale)).state).toBe('blocked');
      await resolve(scene, second, WON);
      expect((await scene.disbursement(sale)).state).toBe('held');
    }));

  it('loses the parts of both when both are lost, and the seller is paid the rest', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      const first = await openDispute(scene, sale, { amountMinor: 10_000, respondInDays: 60 });
      const second = await openDispute(scene, sale, { amountMinor: 20_000, respondInDays: 60 });
      await resolve(scene, first, LOST);
      expect((await scene.disbursement(sale)).state).toBe('blocked');
      await resolve(scene, second, LOST);
      await scene.hearAgain();
      await scene.pass('22 days');

      expect(await lostBy(scene, [first, second])).toEqual([10_000, 20_000]);
      expect((await scene.payment(sale.paymentId)).refundedMinor).toBe(30_000);
      expect((await scene.disbursement(sale)).state).toBe('released');
      await expectLedgerAsPayPal(scene, sale);
    }));

  it('never loses more than is left, though both are about all of it', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      const first = await openDispute(scene, sale, { respondInDays: 60 });
      const second = await openDispute(scene, sale, { respondInDays: 60 });
      await resolve(scene, second, LOST);
      await resolve(scene, first, LOST);
      await scene.hearAgain();

      expect(await lostBy(scene, [first, second])).toEqual([0, 46_000]);
      expect((await scene.payment(sale.paymentId)).refundedMinor).toBe(46_000);
      expect((await scene.disbursement(sale)).state).toBe('cancelled');
      expect(await scene.effects()).toEqual({ capture: CAPTURED, reversal: CAPTURED });
    }));

  it('that come after the release are taken from those who were paid', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      await scene.pass('22 days');
      const first = await openDispute(scene, sale, { amountMinor: 10_000 });
      const second = await openDispute(scene, sale, { amountMinor: 20_000 });
      await resolve(scene, second, LOST);
      await resolve(scene, first, LOST);
      expect(await lostBy(scene, [first, second])).toEqual([10_000, 20_000]);
      expect((await scene.disbursement(sale)).state).toBe('released');
      await expectLedgerAsPayPal(scene, sale);
    }));
});

describeWithTimeSkipping('a disputed payment of which a refund is under way', () => {
  beforeAll(async () => void (house = await SkippingHouse.open()));
  afterAll(() => house?.close());

  it('is left alone when 28 days are over, until the refund has ended; nothing spins meanwhile', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      await openDispute(scene, sale, { respondInDays: 60 });
      await scene.house.rows.refund(sale.paymentId); // One that does not end.
      await scene.pass('29 days');

      expect((await scene.disbursement(sale)).state).toBe('blocked');
      const before = await scene.eventsOf(`disbursement:${sale.disbursementId}`);
      await scene.pass('3 hours');
      const after = await scene.eventsOf(`disbursement:${sale.disbursementId}`);
      expect(after - before).toBeLessThan(10);
    }));
});

const lostBy = (scene: Scene, ids: string[]) =>
  Promise.all(ids.map(async (id) => (await disputeOf(scene, id)).lost_minor));

/** What the ledger says was paid by the buyer and came to rest with seller and house adds up. */
async function expectLedgerAsPayPal(scene: Scene, sale: Sale): Promise<void> {
  const balances = await scene.balances(sale);
  // The house gives its share of what goes back, rounded down: of 300.00 that is 65.21.
  expect(balances).toEqual({
    'buyer:anna': -16_000,
    'paypal:fees': 1_654,
    house: 10_000 - 6_521,
    'seller:SELLER': 34_346 - (30_000 - 6_521),
  });
}
