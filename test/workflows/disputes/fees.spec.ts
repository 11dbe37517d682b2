import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { SkippingHouse, type Sale, type Scene } from '../../support/skipping-house.ts';
import { describeWithTimeSkipping } from '../../support/time-skipping.ts';
import { atPayPal, disputeOf, openDispute, resolve } from '../../support/disputes.ts';
import { reconcile } from '../../support/reconcile.ts';

// 460.00 captured, of which PayPal takes 16.54; the house is to get 100.00, the seller 343.46.

let house: SkippingHouse;

describeWithTimeSkipping('what PayPal charges for a dispute', () => {
  beforeAll(async () => void (house = await SkippingHouse.open()));
  afterAll(() => house?.close());
  beforeEach(() => house.pool.query('TRUNCATE paypal_poll'));

  it('is posted once to whom it was taken from, is no part of the loss, and PayPal’s report agrees', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      const disputeId = await openDispute(scene, sale, { amountMinor: 10_000 });
      await charge(scene, disputeId, { minor: 1_500 });
      await charge(scene, disputeId, { minor: 700, party: 'PAYMENT_PROCESSOR' });
      await scene.hearAgain();
      await resolve(scene, disputeId, { outcome: 'RESOLVED_BUYER_FAVOUR' });
      await scene.hearAgain();
      await scene.pass('1 minute');

      expect((await disputeOf(scene, disputeId)).lost_minor).toBe(10_000);
      expect(await scene.balances(sale)).toMatchObject({
        'buyer:anna': -36_000,
        'paypal:fees': 1_654 + 1_500 + 700,
        'seller:SELLER': -1_500,
        house: -700,
      });
      await expectReconciled(scene, sale);
    }));

  it('is counted twice when PayPal lists two that are alike, and comes back when it is given back', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      const disputeId = await openDispute(scene, sale);
      await charge(scene, disputeId, { minor: 1_500 });
      await charge(scene, disputeId, { minor: 1_500 });
      await scene.hearAgain();
      expect((await scene.balances(sale))['seller:SELLER']).toBe(-3_000);
      await charge(scene, disputeId, { minor: 1_500, type: 'CREDIT' });
      expect((await scene.balances(sale))['seller:SELLER']).toBe(-1_500);
      await expectReconciled(scene, sale);
    }));

  it('is told and not guessed when its reason is none that PayPal documents', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      const before = await scene.balances(sale);
      const disputeId = await openDispute(scene, sale);
      await charge(scene, disputeId, { minor: 900, reason: 'MOON_FEE' });
      await scene.hearAgain();
      expect(await scene.balances(sale)).toEqual(before);
      const { id } = await disputeOf(scene, disputeId);
      expect((await scene.notices(id)).filter(({ kind }) => kind === 'dispute_unclear')).toEqual([
        { kind: 'dispute_unclear', text: expect.stringMatching(/9\.00 .*MOON_FEE/) as string },
      ]);
    }));
});

const charge = (scene: Scene, disputeId: string, how: object) =>
  atPayPal(scene, disputeId, 'charge', how);

async function expectReconciled(scene: Scene, sale: Sale): Promise<void> {
  await scene.pass('4 hours');
  const { differences } = await reconcile(house, scene, [sale]);
  expect(differences).toEqual([]);
}
