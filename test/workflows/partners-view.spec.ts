import { afterAll, beforeAll, expect, it } from 'vitest';
import { PaymentsService } from '../../src/api/payments/payments.service.ts';
import { reconcile } from '../support/reconcile.ts';
import { SkippingHouse, type Sale, type Scene } from '../support/skipping-house.ts';
import { describeWithTimeSkipping } from '../support/time-skipping.ts';

// PayPal's documents do not say whether a partner's report lists what its sellers have captured. Whatever
// it is, a reconciliation finds the same. The buyer pays 460.00.

let house: SkippingHouse;

describeWithTimeSkipping('a sale that PayPal holds', () => {
  beforeAll(async () => void (house = await SkippingHouse.open()));
  afterAll(() => house?.close());

  const BOTH = ['all', 'own'] as const;

  it.each(BOTH)(
    'has no difference while it is held, in part refunded, and paid out: %s',
    (report) =>
      play(report, async (scene) => {
        const sale = await scene.paidSale();
        expect(await differences(scene, sale)).toEqual([]);

        await refundHere(scene, sale, 1_000);
        await scene.pass('1 minute');
        expect(await differences(scene, sale)).toEqual([]);

        await scene.pass('30 days');
        expect((await scene.disbursement(sale)).state).toMatch(/released/);
        expect(await differences(scene, sale)).toEqual([]);
      }),
  );

  it.each(BOTH)('whose seller refunds at PayPal’s own site differs by that: %s', (report) =>
    play(report, async (scene) => {
      const sale = await scene.paidSale();
      scene.deaf = true;
      await refundHere(scene, sale, 1_000);
      await scene.pass('1 minute');
      await scene.harness.control('POST', `captures/${sale.captureId}/refund`, {
        amountMinor: 700,
      });
      // A refund of ours that PayPal's report does not list makes us ask, and PayPal tells of both.
      expect(await differences(scene, sale)).toMatchObject([
        { subject: 'refund', found_minor: 700, expected_minor: 0 },
      ]);
    }),
  );

  it.each(BOTH)('of which PayPal knows no capture is missing there: %s', (report) =>
    play(report, async (scene) => {
      const sale = await scene.paidSale();
      await scene.pass('1 day');
      await house.pool.query(
        'UPDATE payment SET capture_id = $2, paypal_order_id = $3 WHERE id = $1',
        [sale.paymentId, `NEVER-WAS-${report}`, `NOR-THIS-${report}`],
      );
      const found = await differences(scene, sale);
      expect(found).toContainEqual(
        expect.objectContaining({ subject: 'capture', kind: 'missing', expected_minor: 46_000 }),
      );
    }),
  );
});

const play = (report: 'all' | 'own', story: (scene: Scene) => Promise<void>) =>
  house.play(async (scene) => {
    await scene.harness.control('PUT', 'partner', { report });
    await story(scene);
  });

async function differences(scene: Scene, sale: Sale): Promise<unknown[]> {
  const found = await reconcile(house, scene, [sale]);
  return found.differences;
}

const refundHere = (scene: Scene, { paymentId }: Sale, amountMinor: number) =>
  scene.operator((change) =>
    new PaymentsService(house.database).refund(change, paymentId, {
      amountMinor,
      reason: 'a scratch',
    }),
  );
