import { describe, expect, it } from 'vitest';
import { ErpDocument, Refund } from '../../src/database/entities/index.ts';
import { receiveFromSeller } from '../../src/services/ledger/receipt.ts';
import type { TestDatabase } from '../support/database.ts';
import { owingSellers, type OwingSeller, partOf, SELLERS_PART } from '../support/owing-seller.ts';

// The house has refunded in a seller's stead. PayPal pays the seller all that it holds but the platform
// fee: so the platform fee of the seller's next sale is higher by what is owed.

/** What PayPal pays out of a sale of 460.00: less its fee of 16.54 and the platform's of 100.00. */
const PAYOUT = 34_346;
/** A tenth of the 460.00, and 5.00, are left for PayPal's fee. */
const LARGEST = SELLERS_PART - 5_100;

let test: TestDatabase;
let seller: OwingSeller;

owingSellers('paypal', (given) => ({ test, seller } = given));

describe('the next sale whose money PayPal holds', () => {
  it('brings in what the seller owes, and the seller is paid and told the rest', async () => {
    const owedMinor = await seller.comesToOwe(10_000);
    const paidBefore = await seller.paidOut();
    const hadBefore = await seller.has();

    const sale = await seller.dueDisbursement();
    expect(sale.amountMinor).toBe(PAYOUT - owedMinor);
    expect(await seller.owes()).toBe(0);
    expect(await feeAtPayPal(sale.paymentId)).toBe(10_000 + owedMinor);

    await seller.released(sale);
    expect(await seller.paidOut()).toBe(paidBefore + PAYOUT - owedMinor);
    expect(await seller.has()).toBe(hadBefore + PAYOUT - owedMinor);
    expect(await seller.hears(sale.id)).toContain('We have kept 78.27 USD for what you owed us');
    expect(await settlementOf(sale.id)).toMatchObject({
      totalMinor: PAYOUT - owedMinor,
      lines: expect.arrayContaining([
        { account: '2100', text: 'Netted: what you owed us', amountMinor: -owedMinor },
      ]) as unknown,
    });
    expect((await seller.dueDisbursement()).amountMinor).toBe(PAYOUT);
  });

  it('brings in as much as leaves enough for PayPal’s fee, and the one after it the rest', async () => {
    expect(await seller.comesToOwe(46_000)).toBe(SELLERS_PART);

    expect((await seller.dueDisbursement()).amountMinor).toBe(PAYOUT - LARGEST);
    expect(await seller.owes()).toBe(SELLERS_PART - LARGEST);
    expect((await seller.dueDisbursement()).amountMinor).toBe(PAYOUT - SELLERS_PART + LARGEST);
    expect(await seller.owes()).toBe(0);
  });

  it('and lost by a dispute tells operators what PayPal took from the house, and no more', async () => {
    const owedMinor = await seller.comesToOwe(10_000);
    const { paymentId } = await seller.released(await seller.dueDisbursement());
    await seller.goesBroke();
    await seller.endsDispute(await seller.isDisputed({ paymentId }));

    expect(await seller.owes()).toBe(SELLERS_PART);
    const { id } = await test.database.manager.findOneByOrFail(Refund, { paymentId });
    const took = ((SELLERS_PART - owedMinor) / 100).toFixed(2);
    expect(await seller.hears(id, 'operators')).toContain(`PayPal took ${took} USD from the house`);
  });

  it('brings in nothing where its policy never nets', async () => {
    const owedMinor = await seller.comesToOwe(10_000);
    const { amountMinor } = await seller.dueDisbursement({ netReceivables: 'never' });
    expect(amountMinor).toBe(PAYOUT);
    expect(await seller.owes()).toBe(owedMinor);
  });

  it('brings it in, too, when the payment is authorised first', async () => {
    const owedMinor = await seller.comesToOwe(10_000);
    const sale = await seller.dueDisbursement({ authoriseAboveMinor: 10_000 });
    expect((await seller.payment(sale.paymentId)).authoriseFirst).toBe(true);
    expect(sale.amountMinor).toBe(PAYOUT - owedMinor);
    expect(await seller.owes()).toBe(0);
  });

  it('brings it in once when the answer to the capture is lost', async () => {
    await seller.comesToOwe(10_000);
    const paymentId = await seller.sale();
    await seller.openOrder(paymentId);
    await seller.approve(paymentId);
    await seller.fault({ operation: 'orders.capture', kind: 'reset-after-effect' });
    await expect(seller.capture(paymentId)).rejects.toThrow();
    expect(await seller.owes()).toBe(partOf(10_000));

    expect(await seller.capture(paymentId)).toBe('captured');
    expect(await seller.capture(paymentId)).toBe('captured');
    expect(await seller.owes()).toBe(0);
  });
});

describe('a debt', () => {
  it('is brought in once by two orders that are opened at once', async () => {
    const owedMinor = await seller.comesToOwe(10_000);
    const sales = [await seller.sale(), await seller.sale()];
    await Promise.all(sales.map(seller.openOrder));

    const reserved = await Promise.all(sales.map(recoveryOf));
    expect(reserved.toSorted((a, b) => a - b)).toEqual([0, owedMinor]);
    for (const paymentId of sales) await seller.approve(paymentId);
    await Promise.all(sales.map(seller.capture));
    expect(await seller.owes()).toBe(0);
  });

  it('is brought in once by an order and a payout of the house at once', async () => {
    const owedMinor = await seller.comesToOwe(10_000);
    const waiting = await seller.sale();
    await seller.openOrder(waiting);
    await seller.isHeldBy('house');

    const { nettedMinor } = await seller.released(await seller.dueDisbursement());
    expect(nettedMinor).toBe(0);
    await seller.approve(waiting);
    await seller.capture(waiting);
    expect(await recoveryOf(waiting)).toBe(owedMinor);
    expect(await seller.owes()).toBe(0);
  });

  it('is left to the house’s payout when PayPal does not hold the money after all', async () => {
    const owedMinor = await seller.comesToOwe(10_000);
    await seller.harness.control('PUT', 'sellers/MERCHANT1', { delayedDisbursement: 'notEnabled' });
    const sale = await seller.dueDisbursement();
    expect(sale).toMatchObject({ heldBy: 'house', amountMinor: PAYOUT });
    expect(await recoveryOf(sale.paymentId)).toBe(0);
    expect((await seller.released(sale)).nettedMinor).toBe(owedMinor);
    expect(await seller.owes()).toBe(0);
  });

  it.each([
    { what: 'expires', end: expires },
    { what: 'is declined for good', end: isDeclined },
    { what: 'is declined, and to be paid another way', end: isSentBack },
    { what: 'is voided by PayPal', end: isVoided },
  ])('is free for another sale when the order that was to bring it in $what', async ({ end }) => {
    const owedMinor = await seller.comesToOwe(10_000);
    const first = await seller.sale();
    await seller.openOrder(first);
    const second = await seller.sale();
    await seller.openOrder(second);
    expect([await recoveryOf(first), await recoveryOf(second)]).toEqual([owedMinor, 0]);

    await end(first);
    expect(await recoveryOf(first)).toBe(0);
    const third = await seller.sale();
    expect((await seller.paid(third)).amountMinor).toBe(PAYOUT - owedMinor);
    expect(await seller.owes()).toBe(0);
  });

  it('is free for another sale while PayPal refuses to open the order', async () => {
    const owedMinor = await seller.comesToOwe(10_000);
    const refused = await seller.sale();
    const reason = 'PAYEE_ACCOUNT_RESTRICTED';
    await seller.fault({ operation: 'orders.create', kind: 'refused', reason });
    await expect(seller.openOrder(refused)).rejects.toThrow();
    expect(await recoveryOf(refused)).toBe(0);
    expect((await seller.paid(await seller.sale())).amountMinor).toBe(PAYOUT - owedMinor);
  });

  it('is in the same order again when the answer to its opening was lost', async () => {
    const owedMinor = await seller.comesToOwe(10_000);
    const ordersBefore = await orders();
    const paymentId = await seller.sale();
    await seller.fault({ operation: 'orders.create', kind: 'reset-after-effect' });
    await expect(seller.openOrder(paymentId)).rejects.toThrow();

    expect((await seller.paid(paymentId)).amountMinor).toBe(PAYOUT - owedMinor);
    expect(await orders()).toBe(ordersBefore + 1);
  });

  it('that was brought in meanwhile is not in the order whose opening had no answer', async () => {
    await seller.comesToOwe(10_000);
    const paymentId = await seller.sale();
    await seller.fault({ operation: 'orders.create', kind: 'reset-after-effect' });
    await expect(seller.openOrder(paymentId)).rejects.toThrow();
    await test.pool.query('UPDATE payment SET recovery_minor = 0 WHERE id = $1', [paymentId]);
    await seller.paid(await seller.sale());
    expect(await seller.owes()).toBe(0);

    const { amountMinor } = await seller.paid(paymentId);
    expect(amountMinor).toBe(PAYOUT);
    expect(await feeAtPayPal(paymentId)).toBe(10_000);
  });
});

describe('what the seller pays by hand while an order is open', () => {
  it('leaves the order as it is: what it brings in all the same is the seller’s credit', async () => {
    const owedMinor = await seller.comesToOwe(10_000);
    const paymentId = await seller.sale();
    await seller.openOrder(paymentId);
    const receipt = { currency: 'USD', reference: 'SEPA 17', actorId: 'fiona' } as const;
    await test.database.transaction((tx) =>
      receiveFromSeller(tx, { ...receipt, sellerId: seller.id, amountMinor: owedMinor }),
    );
    expect(await seller.owes()).toBe(0);

    await seller.approve(paymentId);
    await seller.capture(paymentId);
    expect(await seller.balanceOf(`seller:${seller.id}:credit`)).toBe(owedMinor);
  });
});

describe('a sale that has brought in a debt and is refunded', () => {
  it('whole before the release has the seller owe it again', async () => {
    const owedMinor = await seller.comesToOwe(10_000);
    const had = await seller.has();
    const sale = await seller.dueDisbursement();
    const refundId = await seller.refunded(sale, 46_000);
    expect(await seller.owes()).toBe(owedMinor);
    // PayPal keeps its fee.
    expect(await seller.has()).toBe(had - 1_654);
    expect(await seller.hears(refundId)).toContain('you owe us 78.27 USD again');
    expect((await seller.dueDisbursement()).amountMinor).toBe(PAYOUT - owedMinor);
  });

  it.each(['before', 'after'])(
    'in part %s the release has the seller owe again what PayPal gives back of the platform fee',
    async (when) => {
      const owedMinor = await seller.comesToOwe(10_000);
      const sale = await seller.dueDisbursement();
      if (when === 'after') await seller.released(sale);
      const paidBefore = await seller.paidOut();
      const hadBefore = await seller.has();

      await seller.refunded(sale, 23_000);
      // Half of everything: of the platform fee, and so of what it was raised by.
      const againMinor = Math.floor(owedMinor / 2);
      expect(await seller.owes()).toBe(againMinor);
      const sellersMinor = 23_000 - Math.floor((10_000 + owedMinor) / 2);
      if (when === 'after') {
        expect(await seller.has()).toBe(hadBefore - sellersMinor);
        return;
      }
      const paidMinor = PAYOUT - owedMinor - sellersMinor;
      await seller.released(sale);
      expect(await seller.paidOut()).toBe(paidBefore + paidMinor);
      expect(await seller.has()).toBe(hadBefore + paidMinor);
      expect((await settlementOf(sale.id)).totalMinor).toBe(paidMinor);
    },
  );

  it('by the house after the release has the seller owe the whole own part', async () => {
    await seller.comesToOwe(10_000);
    const sale = await seller.released(
      await seller.dueDisbursement({ whenSellerCannotRefund: 'housePays' }),
    );
    await seller.goesBroke();
    await seller.refunded(sale, 46_000);
    expect(await seller.owes()).toBe(SELLERS_PART);
  });
});

const recoveryOf = async (paymentId: string) => (await seller.payment(paymentId)).recoveryMinor;

/** The platform fee that PayPal has kept of a payment. */
async function feeAtPayPal(paymentId: string): Promise<number> {
  const { captureId } = await seller.payment(paymentId);
  return (await seller.harness.paypal.captures.get(captureId!)).platformFeeMinor;
}

async function orders(): Promise<number> {
  const { totals } = await seller.effects();
  return (totals as { order?: { count: number } }).order?.count ?? 0;
}

async function settlementOf(subjectId: string): Promise<ErpDocument['body']> {
  const document = { kind: 'settlement', subjectId } as const;
  return (await test.database.manager.findOneByOrFail(ErpDocument, document)).body;
}

async function expires(paymentId: string): Promise<void> {
  await test.pool.query('UPDATE payment SET pay_until = now() WHERE id = $1', [paymentId]);
  expect(await seller.lookAtPayment(paymentId)).toMatchObject({ state: 'expired' });
}

async function isDeclined(paymentId: string): Promise<void> {
  await seller.approve(paymentId);
  const reason = 'PAYER_ACCOUNT_RESTRICTED';
  await seller.fault({ operation: 'orders.capture', kind: 'refused', reason });
  expect(await seller.capture(paymentId)).toBe('declined');
}

async function isSentBack(paymentId: string): Promise<void> {
  await seller.approve(paymentId, 'declining');
  expect(await seller.capture(paymentId)).toBe('created');
}

async function isVoided(paymentId: string): Promise<void> {
  await seller.harness.control('POST', 'clock', { advanceHours: 4 });
  expect(await seller.lookAtPayment(paymentId)).toMatchObject({ state: 'created' });
}
