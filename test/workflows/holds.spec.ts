import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DisbursementsService } from '../../src/api/disbursements/disbursements.service.ts';
import { PaymentsService } from '../../src/api/payments/payments.service.ts';
import { SkippingHouse, type Sale, type Scene } from '../support/skipping-house.ts';
import { describeWithTimeSkipping } from '../support/time-skipping.ts';

// 400.00 hammer price and 15 % premium: the buyer pays 460.00, of which PayPal takes 16.54 (3.49 % and
// 0.49) and the house 100.00 (premium and 10 % commission); the seller is to get 343.46.
const CAPTURED = { count: 1, amountMinor: 46_000 };
const PAID_OUT = { count: 1, amountMinor: 34_346 };
const RELEASED = {
  'buyer:anna': -46_000,
  'paypal:fees': 1_654,
  house: 10_000,
  'seller:SELLER': 34_346,
};

let house: SkippingHouse;

describeWithTimeSkipping('a sale whose money PayPal holds', () => {
  beforeAll(async () => void (house = await SkippingHouse.open()));
  afterAll(() => house?.close());

  it('is released when the piece has arrived and been inspected', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      await scene.pass('5 days');
      await arrival(scene, sale);
      await scene.pass('2 days');
      expect(await scene.disbursement(sale)).toMatchObject({ state: 'held', alarm: null });
      expect(await scene.effects()).toEqual({ capture: CAPTURED });

      await scene.pass('25 hours');

      await expectReleased(scene, sale);
      expect(await scene.kindsOfNotices(sale.disbursementId)).toEqual([]);
      expect(await scene.kindsOfNotices(sale.disbursementId, sale.sellerId)).toEqual(['paid_out']);
    }));

  it('is released at the last safe moment, however late the piece arrives', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale({ policy: { longestHold: 'P27D' } });
      await scene.pass('26 days');
      await arrival(scene, sale); // Inspection would end on day 29.
      await scene.pass('23 hours');
      expect((await scene.disbursement(sale)).state).toBe('held');

      await scene.pass('2 hours');

      await expectReleased(scene, sale);
      expect(await scene.kindsOfNotices(sale.disbursementId)).toEqual([]);
    }));

  it('that an operator holds back is told of twice, and goes when PayPal holds no longer', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      await hold(scene, sale, 'provenance in doubt');
      await scene.pass('24 days');
      expect(await scene.disbursement(sale)).toMatchObject({ state: 'held', alarm: null });

      await scene.pass('25 hours');
      expect((await scene.disbursement(sale)).alarm).toBe('it is held back: provenance in doubt');
      await expectAlarms(scene, sale, [/must leave by .* held back: provenance in doubt/]);

      await scene.pass('2 days');
      expect((await scene.disbursement(sale)).state).toBe('held');
      await expectAlarms(scene, sale, [/./, /has passed .* somebody releases or refunds it/]);

      await scene.pass('26 hours');
      await expectReleasedByPayPal(scene, sale);
    }));

  it('and refuses to release is tried again at the last safe moment, and goes at 28 days', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      await seller(scene, { status: 'restricted' });
      await scene.pass('22 days');
      expect(await scene.disbursement(sale)).toMatchObject({
        state: 'failed',
        failureReason: 'MERCHANT_RESTRICTIONS',
        failures: 1,
      });
      await scene.pass('4 days');
      await expectAlarms(scene, sale, [/PayPal refused the release: MERCHANT_RESTRICTIONS/]);
      await scene.pass('25 hours');
      expect(await scene.disbursement(sale)).toMatchObject({ state: 'failed', failures: 2 });
      expect(await scene.kindsOfNotices(sale.disbursementId)).toEqual([
        'release_failed',
        'hold_ends',
        'hold_ends',
        'release_failed',
      ]);

      await scene.pass('26 hours');

      await expectReleasedByPayPal(scene, sale);
    }));

  it('and fails to release for a reason of its own is tried again within hours', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      const fault = {
        operation: 'payouts.create',
        kind: 'payout-failed',
        reason: 'INTERNAL_ERROR',
      };
      await scene.harness.control('POST', 'faults', { ...fault, times: 2 });
      await scene.pass('22 days');
      await expectReleased(scene, sale);
      expect((await scene.disbursement(sale)).failures).toBe(2);
    }));

  it('and does not answer is told of, and paid once when PayPal is back', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale({ policy: { longestHold: 'P27D' } });
      await scene.harness.control('POST', 'faults', { operation: 'payouts.create', kind: '503' });
      await scene.pass('27 days');
      await scene.pass('10 minutes');
      expect((await scene.disbursement(sale)).state).toBe('unknown');
      await expectAlarms(scene, sale, [/PayPal has not confirmed the release/]);

      await scene.harness.control('DELETE', 'faults');
      await scene.pass('10 minutes');

      await expectReleased(scene, sale);
    }));

  it('goes at the end of a dispute that has outlasted the hold, and is won', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      const disputeId = await dispute(scene, sale);
      await scene.harness.control('POST', `disputes/${disputeId}/move`, { answered: true });
      await scene.pass('26 days');
      await expectAlarms(scene, sale, [/the buyer disputes the payment/]);
      await scene.pass('4 days');
      expect((await scene.disbursement(sale)).state).toBe('blocked');
      await expectAlarms(scene, sale, [/./, /stays until the dispute ends/]);
      expect(await scene.effects()).toEqual({ capture: CAPTURED });

      await scene.pass('5 days');
      await scene.harness.control('POST', `disputes/${disputeId}/resolve`);
      await scene.pass('25 hours');

      await expectReleasedByPayPal(scene, sale);
    }));

  it('goes back to the buyer when a dispute that has outlasted the hold is lost', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      const disputeId = await dispute(scene, sale);
      await scene.harness.control('POST', `disputes/${disputeId}/move`, { answered: true });
      await scene.pass('30 days');
      await scene.harness.control('POST', `disputes/${disputeId}/resolve`, {
        outcome: 'RESOLVED_BUYER_FAVOUR',
      });
      await scene.pass('25 hours');

      expect((await scene.disbursement(sale)).state).toBe('cancelled');
      expect(await scene.auctionState(sale)).toBe('unsold');
      expect(await scene.effects()).toEqual({ capture: CAPTURED, reversal: CAPTURED });
      // PayPal keeps its fee, which the seller owes.
      expect(await scene.balances(sale)).toEqual({ 'paypal:fees': 1_654, 'seller:SELLER': -1_654 });
      expect(await scene.documents(sale)).toEqual(['credit_note', 'invoice']);
    }));

  it('waits for a refund, and leaves when PayPal has refused that', () =>
    house.play(async (scene) => {
      const sale = await scene.paidSale();
      const { disputeId } = await openDispute(scene, sale); // Of which we have not heard yet.
      await refund(scene, sale, 1_000);
      await scene.pass('1 hour');
      expect(
        await scene.query('SELECT state FROM refund WHERE payment_id = $1', sale.paymentId),
      ).toEqual([{ state: 'failed' }]);
      await scene.harness.control('POST', `disputes/${disputeId}/resolve`);
      await scene.pass('22 days');
      await expectReleased(scene, sale);
    }));

  describe('is disputed', () => {
    it('and seller and operators are told before evidence is due, and when it is overdue', () =>
      house.play(async (scene) => {
        const sale = await scene.paidSale();
        await dispute(scene, sale, { respondInDays: 10 });
        const { id } = await disputeRow(scene, sale);
        expect(await scene.kindsOfNotices(id)).toEqual(['dispute_opened']);

        await scene.pass('8 days');
        await scene.pass('1 minute');
        expect(await scene.kindsOfNotices(id)).toEqual(['dispute_opened', 'evidence_due']);
        await scene.pass('2 days');
        const overdue = ['dispute_opened', 'evidence_due', 'evidence_overdue'];
        expect(await scene.kindsOfNotices(id)).toEqual(overdue);

        await scene.pass('1 hour');
        await scene.pass('1 second'); // PayPal's event has been heard; it is looked at.

        expect(await scene.kindsOfNotices(id)).toEqual([...overdue, 'dispute_ended']);
        expect(await scene.kindsOfNotices(id, sale.sellerId)).toEqual([
          ...overdue,
          'dispute_ended',
        ]);
        expect(await disputeRow(scene, sale)).toMatchObject({ state: 'lost', lost_minor: 46_000 });
        expect((await scene.disbursement(sale)).state).toBe('cancelled');
      }));

    it('and each further stage is told, with its deadline; PayPal refunds nothing meanwhile', () =>
      house.play(async (scene) => {
        const sale = await scene.paidSale();
        const disputeId = await dispute(scene, sale);
        const { id } = await disputeRow(scene, sale);
        await expect(refund(scene, sale, 1_000)).rejects.toMatchObject({
          code: 'payment_disputed',
        });
        const move = async (body: object) => {
          await scene.harness.control('POST', `disputes/${disputeId}/move`, body);
          await hear(scene);
        };
        await move({ answered: true });
        await scene.pass('19 days');
        expect(await scene.kindsOfNotices(id)).toEqual(['dispute_opened']);

        await move({ stage: 'CHARGEBACK' });
        expect((await scene.notices(id)).at(-1)).toMatchObject({
          kind: 'dispute_stage',
          text: expect.stringMatching(/stage CHARGEBACK. Send evidence at PayPal by/) as string,
        });
        await expect(refund(scene, sale)).rejects.toMatchObject({ code: 'payment_disputed' });
        await scene.pass('9 days');
        const told = ['dispute_opened', 'dispute_stage', 'evidence_due'];
        expect(await scene.kindsOfNotices(id)).toEqual(told);
      }));

    it('and lost in part: the seller is paid the rest', () =>
      house.play(async (scene) => {
        const sale = await scene.paidSale();
        const disputeId = await dispute(scene, sale);
        await resolve(scene, disputeId, {
          outcome: 'RESOLVED_BUYER_FAVOUR',
          refundedMinor: 10_000,
        });
        await scene.pass('22 days');

        // Of 100.00 the house gives 21.73 back, its share of the fee, and the seller 78.27.
        const payout = { count: 1, amountMinor: 34_346 - 7_827 };
        expect(await scene.effects()).toMatchObject({ capture: CAPTURED, payout });
        expect(await scene.balances(sale)).toEqual({
          'buyer:anna': -36_000,
          'paypal:fees': 1_654,
          house: 7_827,
          'seller:SELLER': 26_519,
        });
        expect(await scene.documents(sale)).toEqual(['credit_note', 'invoice', 'settlement']);
      }));

    it.each(['RESOLVED_WITH_PAYOUT', 'CANCELED_BY_BUYER', 'RESOLVED_SELLER_FAVOUR'])(
      'and ended as %s: the seller loses nothing',
      (outcome) =>
        house.play(async (scene) => {
          const sale = await scene.paidSale();
          const disputeId = await dispute(scene, sale);
          await resolve(scene, disputeId, { outcome });
          await scene.pass('22 days');
          await expectReleased(scene, sale);
          const state = outcome === 'CANCELED_BY_BUYER' ? 'withdrawn' : 'won';
          expect(await disputeRow(scene, sale)).toMatchObject({ state, outcome, lost_minor: 0 });
        }),
    );

    it('and lost after the release: PayPal takes it from those who were paid, who are told', () =>
      house.play(async (scene) => {
        const sale = await scene.paidSale();
        await scene.pass('22 days');
        const disputeId = await dispute(scene, sale, { stage: 'CHARGEBACK' });
        await resolve(scene, disputeId, { outcome: 'RESOLVED_BUYER_FAVOUR' });

        const { id } = await disputeRow(scene, sale);
        expect((await scene.notices(id, sale.sellerId)).at(-1)).toEqual({
          kind: 'dispute_ended',
          text: `The dispute about payment ${sale.paymentId} was lost (RESOLVED_BUYER_FAVOUR). PayPal has given 460.00 EUR back to the buyer, from those who had been paid. PayPal would hear an appeal.`,
        });
        expect(await scene.balances(sale)).toEqual({
          'paypal:fees': 1_654,
          'seller:SELLER': -1_654,
        });
        expect((await scene.disbursement(sale)).state).toBe('released');
      }));
  });
});

const disbursements = () => new DisbursementsService(house.database);
const payments = () => new PaymentsService(house.database);

const arrival = (scene: Scene, { disbursementId }: Sale) =>
  scene.operator((change) => disbursements().recordArrival(change, disbursementId, {}));

const hold = (scene: Scene, { disbursementId }: Sale, reason: string) =>
  scene.operator((change) => disbursements().hold(change, disbursementId, reason));

const refund = (scene: Scene, { paymentId }: Sale, amountMinor?: number) =>
  scene.operator((change) =>
    payments().refund(change, paymentId, { amountMinor, reason: 'a scratch' }),
  );

const seller = (scene: Scene, how: object) =>
  scene.harness.control('PUT', 'sellers/MERCHANT1', how);

const openDispute = (scene: Scene, { captureId }: Sale, asked: object = {}) =>
  scene.harness.control<{ disputeId: string }>('POST', `captures/${captureId}/dispute`, asked);

async function dispute(scene: Scene, sale: Sale, asked: object = {}): Promise<string> {
  const { disputeId } = await openDispute(scene, sale, asked);
  await hear(scene);
  return disputeId;
}

async function resolve(scene: Scene, disputeId: string, how: object): Promise<void> {
  await scene.harness.control('POST', `disputes/${disputeId}/resolve`, how);
  await hear(scene);
}

/** PayPal's events are heard, and what they are about is looked at. */
async function hear(scene: Scene): Promise<void> {
  await scene.hearPayPal();
  await scene.pass('1 second');
}

interface DisputeRow {
  id: string;
  state: string;
  lost_minor: number;
}

async function disputeRow(scene: Scene, { paymentId }: Sale): Promise<DisputeRow> {
  const found = await scene.query<DisputeRow>(
    'SELECT * FROM dispute WHERE payment_id = $1',
    paymentId,
  );
  return found[0]!;
}

async function expectAlarms(scene: Scene, sale: Sale, texts: RegExp[]): Promise<void> {
  const told = await scene.notices(sale.disbursementId);
  const alarms = told.filter(({ kind }) => kind === 'hold_ends').map(({ text }) => text);
  expect(alarms).toEqual(texts.map((text) => expect.stringMatching(text) as string));
}

async function expectReleased(scene: Scene, sale: Sale): Promise<void> {
  expect(await scene.effects()).toEqual({ capture: CAPTURED, payout: PAID_OUT });
  await expectSettled(scene, sale, 'released');
}

async function expectReleasedByPayPal(scene: Scene, sale: Sale): Promise<void> {
  expect(await scene.effects()).toEqual({ capture: CAPTURED, automaticRelease: PAID_OUT });
  expect((await scene.kindsOfNotices(sale.disbursementId)).at(-1)).toBe('auto_released');
  await expectSettled(scene, sale, 'auto_released');
}

async function expectSettled(scene: Scene, sale: Sale, state: string): Promise<void> {
  expect(await scene.disbursement(sale)).toMatchObject({ state, alarm: null, nextTryAt: null });
  expect(await scene.auctionState(sale)).toBe('settled');
  expect(await scene.balances(sale)).toEqual(RELEASED);
  expect(await scene.documents(sale)).toEqual(['invoice', 'settlement']);
  expect(await scene.isRunning(`disbursement:${sale.disbursementId}`)).toBe(false);
}
