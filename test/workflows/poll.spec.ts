import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { PaymentsService } from '../../src/api/payments/payments.service.ts';
import { SELLER } from '../../simulators/paypal/harness.ts';
import { reconcile } from '../support/reconcile.ts';
import { SkippingHouse, type Sale, type Scene } from '../support/skipping-house.ts';
import { describeWithTimeSkipping } from '../support/time-skipping.ts';

// No webhook arrives unless a test says so. The buyer pays 460.00.

let house: SkippingHouse;

describeWithTimeSkipping('what no webhook has told of', () => {
  beforeAll(async () => void (house = await SkippingHouse.open()));
  afterAll(() => house?.close());
  beforeEach(() => house.pool.query('TRUNCATE paypal_poll'));

  it('a dispute, once the poll has found it, blocks the money', () =>
    play(async (scene) => {
      const sale = await scene.paidSale();
      await scene.poll();
      const disputeId = await dispute(scene, sale);
      await scene.pass('1 hour');
      expect((await scene.disbursement(sale)).state).toBe('held');

      await scene.poll();
      await scene.poll();
      await scene.hearAgain();
      await scene.pass('1 minute');

      expect((await scene.disbursement(sale)).state).toBe('blocked');
      expect(
        await scene.query(
          'SELECT paypal_dispute_id, state FROM dispute WHERE payment_id = $1',
          sale.paymentId,
        ),
      ).toEqual([{ paypal_dispute_id: disputeId, state: 'open' }]);
    }));

  it('a dispute about another sale of the account’s is told once and shown, and ends with it', () =>
    play(async (scene) => {
      const captureId = await saleElsewhere(scene);
      const disputeId = await dispute(scene, { captureId });
      await scene.poll();
      const life = `dispute:${disputeId}`;
      expect(await scene.isRunning(life)).toBe(true);
      await scene.harness.control('POST', `disputes/${disputeId}/resolve`);
      await scene.poll();
      expect(await scene.isRunning(life)).toBe(false);
      const sql = 'SELECT id, payment_id, state FROM dispute WHERE paypal_dispute_id = $1';
      const [shown] = await scene.query<{ id: string }>(sql, disputeId);
      expect(shown).toMatchObject({ payment_id: null, state: 'won' });
      expect(await scene.kindsOfNotices(shown!.id)).toEqual(['dispute_unclear']);
    }));

  it('a refund at PayPal’s own site is recorded once, though it is found twice and the webhook comes late', () =>
    play(async (scene) => {
      const sale = await scene.paidSale();
      const refundId = await refundAtPayPal(scene, sale, 6_000);

      await scene.poll();
      await scene.poll();
      await scene.hearAgain();
      await scene.pass('1 minute');

      expect(await refunds(scene, sale)).toEqual([
        { amount_minor: 6_000, reason: 'made at PayPal', state: 'completed', at_paypal: refundId },
      ]);
      expect(await scene.payment(sale.paymentId)).toMatchObject({
        state: 'partially_refunded',
        refundedMinor: 6_000,
      });
      expect((await scene.effects()).refund).toEqual({ count: 1, amountMinor: 6_000 });
      expect(await scene.documents(sale)).toEqual(['credit_note', 'invoice']);
      expect(await differencesOf(scene, sale)).toEqual([]);
    }));

  it('a refund of all of it at PayPal’s own site undoes the sale', () =>
    play(async (scene) => {
      const sale = await scene.paidSale();
      await refundAtPayPal(scene, sale);
      await scene.poll();
      expect((await scene.disbursement(sale)).state).toBe('cancelled');
      expect(await scene.auctionState(sale)).toBe('unsold');
    }));

  it('a refund of our own is not recorded a second time while its answer is missing', () =>
    play(async (scene) => {
      const sale = await scene.paidSale();
      await scene.harness.control('POST', 'faults', {
        faults: [
          { operation: 'captures.refund', kind: 'reset-after-effect', times: 1 },
          { operation: 'captures.refund', kind: '503', times: 3 },
        ],
      });
      await refundHere(scene, sale, 1_000);
      await scene.poll();
      await scene.poll();
      await scene.hearAgain();
      await scene.pass('5 minutes');

      expect(await refunds(scene, sale)).toMatchObject([
        { amount_minor: 1_000, reason: 'a scratch', state: 'completed' },
      ]);
      expect((await scene.effects()).refund).toEqual({ count: 1, amountMinor: 1_000 });
      expect(await differencesOf(scene, sale)).toEqual([]);
    }));

  it('a dispute that was lost in part is one loss, and a refund of as much after it another', () =>
    play(async (scene) => {
      const sale = await scene.paidSale();
      const disputeId = await dispute(scene, sale);
      await scene.harness.control('POST', `disputes/${disputeId}/resolve`, {
        outcome: 'RESOLVED_BUYER_FAVOUR',
        refundedMinor: 5_000,
      });
      await scene.poll();
      await scene.poll();
      expect(await refunds(scene, sale)).toMatchObject([{ amount_minor: 5_000, at_paypal: null }]);

      const refundId = await refundAtPayPal(scene, sale, 5_000);
      await scene.poll();
      expect(await refunds(scene, sale)).toMatchObject([
        { amount_minor: 5_000, at_paypal: null },
        { amount_minor: 5_000, at_paypal: refundId },
      ]);
      expect(await differencesOf(scene, sale)).toEqual([]);
    }));

  it('a refund that may be the loss of a dispute is left to the operators, who are told once', () =>
    play(async (scene) => {
      const sale = await scene.paidSale();
      const refundId = await refundAtPayPal(scene, sale, 5_000);
      await lostDispute(scene, sale, 5_000);
      await scene.poll();
      await scene.poll();

      expect(await refunds(scene, sale)).toEqual([]);
      expect(await scene.notices(sale.paymentId)).toEqual([
        { kind: 'refund_unclear', text: expect.stringContaining(refundId) as string },
      ]);
    }));

  it('a part that goes back during a dispute waits for its end', () =>
    play(async (scene) => {
      const sale = await scene.paidSale();
      await refundAtPayPal(scene, sale, 5_000);
      const disputeId = await dispute(scene, sale);
      scene.deaf = true;
      await scene.step('lookAtDispute', disputeId);
      await scene.poll();
      expect(await refunds(scene, sale)).toEqual([]);

      await scene.harness.control('POST', `disputes/${disputeId}/resolve`, {
        outcome: 'RESOLVED_SELLER_FAVOUR',
      });
      await scene.poll();
      await scene.poll();
      expect(await refunds(scene, sale)).toMatchObject([{ amount_minor: 5_000 }]);
    }));

  it('a refund that finance has repaired already is not recorded again', () =>
    play(async (scene) => {
      const sale = await scene.paidSale();
      const refundId = await refundAtPayPal(scene, sale, 1_000);
      const differenceId = await house.rows.difference(sale.auctionId, refundId);
      await house.pool.query(
        `INSERT INTO repair (difference_id, auction_id, reason, currency, entries, amount_minor,
                             proposed_by)
         VALUES ($1, $2, 'seen at PayPal', 'EUR', '[]', 1000, 'fiona')`,
        [differenceId, sale.auctionId],
      );
      await scene.poll();
      expect(await refunds(scene, sale)).toEqual([]);
    }));

  it('a webhook alone is enough, and the poll finds nothing more', () =>
    play(async (scene) => {
      const sale = await scene.paidSale();
      scene.deaf = false;
      const refundId = await refundAtPayPal(scene, sale, 1_000);
      await scene.pass('1 minute');
      await scene.poll();
      expect(await refunds(scene, sale)).toMatchObject([
        { state: 'completed', at_paypal: refundId },
      ]);
    }));
});

const play = (story: (scene: Scene) => Promise<void>) =>
  house.play((scene) => {
    scene.deaf = true;
    return story(scene);
  });

/** A capture that another program of the house's has made. */
async function saleElsewhere(scene: Scene): Promise<string> {
  const orderId = await scene.harness.approvedOrder();
  const captured = await scene.harness.paypal.orders.capture({
    orderId,
    requestId: 'elsewhere',
    sellerMerchantId: SELLER,
  });
  if (captured.outcome !== 'captured') throw new Error(captured.outcome);
  return captured.capture.captureId;
}

async function dispute(scene: Scene, { captureId }: Pick<Sale, 'captureId'>): Promise<string> {
  const { disputeId } = await scene.harness.control<{ disputeId: string }>(
    'POST',
    `captures/${captureId}/dispute`,
  );
  return disputeId;
}

async function refundAtPayPal(
  scene: Scene,
  { captureId }: Sale,
  amountMinor?: number,
): Promise<string> {
  const { refundId } = await scene.harness.control<{ refundId: string }>(
    'POST',
    `captures/${captureId}/refund`,
    { amountMinor },
  );
  return refundId;
}

const refundHere = (scene: Scene, { paymentId }: Sale, amountMinor: number) =>
  scene.operator((change) =>
    new PaymentsService(house.database).refund(change, paymentId, {
      amountMinor,
      reason: 'a scratch',
    }),
  );

/** A dispute that has ended with a loss, of which PayPal's report has no line of its own. */
async function lostDispute(scene: Scene, { paymentId }: Sale, lostMinor: number): Promise<void> {
  const id = await house.rows.dispute(paymentId, `PP-D-${paymentId}`);
  await house.pool.query('UPDATE dispute SET lost_minor = $2 WHERE id = $1', [id, lostMinor]);
  await house.rows.force('dispute', id, 'lost');
}

const refunds = (scene: Scene, { paymentId }: Sale) =>
  scene.query(
    `SELECT amount_minor, reason, state, paypal_refund_id AS at_paypal FROM refund
     WHERE payment_id = $1 ORDER BY id`,
    paymentId,
  );

/** What a reconciliation finds about the sale; the ERP has all documents. */
async function differencesOf(scene: Scene, sale: Sale): Promise<unknown[]> {
  const { paypalRecords, differences } = await reconcile(house, scene, [sale]);
  expect(paypalRecords).toBeGreaterThanOrEqual(2); // The capture and the refund.
  return differences;
}
