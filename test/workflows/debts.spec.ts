import { afterAll, beforeAll, expect, it } from 'vitest';
import { PaymentsService } from '../../src/api/payments/payments.service.ts';
import { reconcile } from '../support/reconcile.ts';
import { SkippingHouse, type Sale, type Scene } from '../support/skipping-house.ts';
import { describeWithTimeSkipping } from '../support/time-skipping.ts';

// The buyer pays 460.00, of which 100.00 are the house's and 360.00 the seller's. PayPal has paid the
// seller, who has spent it.

let house: SkippingHouse;

describeWithTimeSkipping('a seller who cannot pay', () => {
  beforeAll(async () => void (house = await SkippingHouse.open()));
  afterAll(() => house?.close());

  it('a refund has the house pay the buyer at once; the next sale brings it in, and all sides tell the same', () =>
    house.play(async (scene) => {
      const sale = await releasedAndSpent(scene, { whenSellerCannotRefund: 'housePays' });
      const { id } = await refund(scene, sale);
      await scene.pass('5 seconds');
      await scene.pass('5 seconds');

      expect(await refundRow(scene, id)).toMatchObject({ state: 'completed', way: 'payout' });
      expect(await scene.isRunning(`refund:${id}`)).toBe(false);
      expect(await owedBy(scene)).toBe(36_000);
      expect(await scene.documents(sale)).toEqual(['credit_note', 'invoice', 'settlement']);

      await scene.harness.control('PUT', 'sellers/MERCHANT1', { funds: 'ample' });
      const next = await scene.paidSale();
      await scene.pass('22 days');
      expect((await scene.disbursement(next)).state).toBe('released');
      expect(await owedBy(scene)).toBe(36_000 - 30_900);
      await expectAllSidesAgree(scene, sale, next);
    }));

  it('a refund whose payout the buyer accepts a day later is paid then, without a word from PayPal', () =>
    house.play(async (scene) => {
      const sale = await releasedAndSpent(scene, { whenSellerCannotRefund: 'housePays' });
      await scene.harness.control('POST', 'faults', {
        operation: 'batchPayouts.create',
        kind: 'payout-unclaimed',
        times: 1,
      });
      const { id } = await refund(scene, sale, 10_000);
      await scene.pass('1 day');
      const { state, payout_batch_id: batchId } = await refundRow(scene, id);
      expect(state).toBe('paying');
      scene.deaf = true;
      await scene.harness.control('POST', `payouts/${batchId}/claim`);
      await scene.poll();

      expect(await refundRow(scene, id)).toMatchObject({ state: 'completed' });
      expect(await scene.effects()).toMatchObject({ payout: { count: 2 } });
      await expectAllSidesAgree(scene, sale);
    }));

  it('a dispute lost after the release owes what PayPal took from the house instead', () =>
    house.play(async (scene) => {
      const sale = await releasedAndSpent(scene, {});
      const { disputeId } = await scene.harness.control<{ disputeId: string }>(
        'POST',
        `captures/${sale.captureId}/dispute`,
        { stage: 'CHARGEBACK' },
      );
      await hear(scene);
      const how = { outcome: 'RESOLVED_BUYER_FAVOUR', refundedMinor: 23_000 };
      await scene.harness.control('POST', `disputes/${disputeId}/resolve`, how);
      await hear(scene);

      expect(await owedBy(scene)).toBe(18_000);
      const [loss] = await scene.query<{ id: string }>(
        'SELECT id FROM refund WHERE payment_id = $1',
        sale.paymentId,
      );
      const [told] = await scene.notices(loss!.id);
      expect(told!.text).toContain('PayPal took 180.00 EUR from the house');
      await expectAllSidesAgree(scene, sale);
    }));
});

async function releasedAndSpent(scene: Scene, policy: object): Promise<Sale> {
  const sale = await scene.paidSale({ policy });
  await scene.pass('22 days');
  expect((await scene.disbursement(sale)).state).toBe('released');
  await scene.harness.control('PUT', 'sellers/MERCHANT1', { funds: 'empty' });
  return sale;
}

const refund = (scene: Scene, { paymentId }: Sale, amountMinor?: number) =>
  scene.operator((change) =>
    new PaymentsService(house.database).refund(change, paymentId, {
      amountMinor,
      reason: 'a scratch',
    }),
  );

/** PayPal's events are heard, and what they are about is looked at. */
async function hear(scene: Scene): Promise<void> {
  await scene.hearPayPal();
  await scene.pass('1 second');
}

interface RefundRow {
  state: string;
  way: string;
  payout_batch_id: string;
}

async function refundRow(scene: Scene, id: string): Promise<RefundRow> {
  const [row] = await scene.query<RefundRow>('SELECT * FROM refund WHERE id = $1', id);
  return row!;
}

async function owedBy({ sellerId }: Scene): Promise<number> {
  const { rows } = await house.pool.query<{ owed: number }>(
    'SELECT -balance_minor AS owed FROM ledger_balance WHERE account = $1',
    [`seller:${sellerId}:credit`],
  );
  return rows[0]?.owed ?? 0;
}

/** Ledger, PayPal and an ERP that has every document do not differ about sales. */
async function expectAllSidesAgree(scene: Scene, ...sales: Sale[]): Promise<void> {
  const { paypalRecords, differences } = await reconcile(house, scene, sales);
  expect(paypalRecords).toBeGreaterThanOrEqual(4); // Capture, fee, release, and what went back.
  expect(differences).toEqual([]);
}
