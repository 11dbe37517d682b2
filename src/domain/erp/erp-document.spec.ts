import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  balances,
  creditNoteFor,
  ERP_DOCUMENT_BODY,
  invoiceFor,
  settlementFor,
  type Sale,
} from './erp-document.ts';
import { CURRENCIES, LARGEST_AMOUNT_MINOR } from '../common/money.ts';

const SALE: Sale = {
  auctionId: 'auction-1',
  lotTitle: 'Chronograph, 1968',
  commodityCode: '9102',
  sellerId: 'seller-1',
  bidderId: 'bidder-1',
  currency: 'EUR',
  hammerPriceMinor: 100_000,
  buyersPremiumMinor: 20_000,
  premiumTaxMinor: 3_800,
  premiumTaxRegion: 'DE',
  premiumTaxShare: 1_900,
  sellersCommissionMinor: 10_000,
  paypalFeeMinor: 3_525,
  sellerCreditMinor: 0,
  payoutMinor: 86_475,
};

describe('the documents of a sale', () => {
  it('invoices the buyer for hammer price, premium and tax', () => {
    expect(invoiceFor(SALE)).toEqual({
      currency: 'EUR',
      lines: [
        { account: '4000', text: 'Hammer price: Chronograph, 1968', amountMinor: 100_000 },
        { account: '4010', text: "Buyer's premium", amountMinor: 20_000 },
        { account: '2200', text: 'Tax on the premium: DE, 19 %', amountMinor: 3_800 },
      ],
      totalMinor: 123_800,
      references: { auctionId: 'auction-1', buyerId: 'bidder-1' },
      commodityCode: '9102',
    });
  });

  it('settles with the seller after commission and fee', () => {
    const { lines, totalMinor } = settlementFor(SALE);
    expect(lines.map((line) => line.amountMinor)).toEqual([100_000, -10_000, -3_525]);
    expect(totalMinor).toBe(86_475);
  });

  it('credits the seller with a fee that the house bears, beside what PayPal pays out', () => {
    const { lines, totalMinor } = settlementFor({ ...SALE, sellerCreditMinor: 3_525 });
    expect(lines.map(({ account, amountMinor }) => [account, amountMinor])).toEqual([
      ['4000', 100_000],
      ['4020', -10_000],
      ['6100', -3_525],
      ['6100', 3_525],
      ['2100', -3_525],
    ]);
    expect(totalMinor).toBe(86_475);
  });

  it('nets what the seller owed, beside refunds', () => {
    const { lines, totalMinor } = settlementFor(SALE, { refundedMinor: 475, nettedMinor: 6_000 });
    expect(lines.slice(-2).map(({ account, amountMinor }) => [account, amountMinor])).toEqual([
      ['4090', -475],
      ['2100', -6_000],
    ]);
    expect(totalMinor).toBe(80_000);

    const recovered = { ...SALE, recoveryMinor: 6_000, payoutMinor: SALE.payoutMinor - 6_000 };
    expect(settlementFor(recovered, { refundedMinor: 475 })).toMatchObject({ lines, totalMinor });
  });

  it('refuses a settlement whose payout is not what the amounts leave', () => {
    expect(() => settlementFor({ ...SALE, payoutMinor: 86_476 })).toThrow(RangeError);
  });

  it('names no tax where none is collected', () => {
    const untaxed = { ...SALE, premiumTaxMinor: 0, premiumTaxRegion: null };
    expect(invoiceFor(untaxed).lines.map(({ account }) => account)).toEqual(['4000', '4010']);
  });

  it('credits the tax in a refund as tax', () => {
    const refund = { refundId: 'refund-1', amountMinor: 10_000, premiumTaxMinor: 306 };
    const { lines, totalMinor } = creditNoteFor(SALE, refund);
    expect(lines.map(({ account, amountMinor }) => [account, amountMinor])).toEqual([
      ['4090', 9_694],
      ['2200', 306],
    ]);
    expect(totalMinor).toBe(10_000);
  });

  it('refuses to credit nothing, and more than was paid', () => {
    const credit = (amountMinor: number) =>
      creditNoteFor(SALE, { refundId: 'refund-1', amountMinor, premiumTaxMinor: 0 });
    expect(credit(123_800).totalMinor).toBe(123_800);
    for (const amount of [0, -1, 123_801, NaN, 0.5]) {
      expect(() => credit(amount)).toThrow(RangeError);
    }
  });

  it('always balances, and always passes the schema', () => {
    fc.assert(
      fc.property(sales(), fc.double({ min: 0, max: 1, noNaN: true }), (sale, share) => {
        const paidMinor = invoiceFor(sale).totalMinor;
        const amountMinor = Math.max(1, Math.round(paidMinor * share));
        const premiumTaxMinor = Math.min(amountMinor, Math.round(sale.premiumTaxMinor * share));
        const refund = { refundId: 'refund-1', amountMinor, premiumTaxMinor };
        for (const body of [invoiceFor(sale), settlementFor(sale), creditNoteFor(sale, refund)]) {
          expect(balances(body)).toBe(true);
          expect(ERP_DOCUMENT_BODY.parse(body)).toEqual(body);
        }
      }),
    );
  });
});

describe('a corrected body', () => {
  it('is refused when it no longer balances', () => {
    const parsed = ERP_DOCUMENT_BODY.safeParse({ ...invoiceFor(SALE), totalMinor: 119_999 });
    expect(parsed.error?.issues[0]?.message).toBe('the lines do not add up to the total');
  });
});

/** Any sale whose own amounts agree, up to the largest that a lot may be paid at. */
function sales(): fc.Arbitrary<Sale> {
  const part = fc.integer({ min: 0, max: LARGEST_AMOUNT_MINOR });
  return fc
    .record({
      hammerPriceMinor: fc.integer({ min: 1, max: LARGEST_AMOUNT_MINOR }),
      buyersPremiumMinor: part,
      premiumTaxMinor: part,
      sellersCommissionMinor: part,
      paypalFeeMinor: part,
      houseBearsFee: fc.boolean(),
      currency: fc.constantFrom(...CURRENCIES),
      lotTitle: fc.string({ maxLength: 1_000 }),
    })
    .map(({ houseBearsFee, ...drawn }) => ({
      ...SALE,
      ...drawn,
      sellerCreditMinor: houseBearsFee ? drawn.paypalFeeMinor : 0,
      payoutMinor: drawn.hammerPriceMinor - drawn.sellersCommissionMinor - drawn.paypalFeeMinor,
    }));
}
