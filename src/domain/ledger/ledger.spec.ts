import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accounts,
  capturePosting,
  recoveryPosting,
  refundPosting,
  releasePosting,
  type Held,
  ownerOf,
  type Posting,
} from './ledger.ts';
import { refundShares } from '../refund/refund-shares.ts';

const SALE = {
  auctionId: 'auction-1',
  bidderId: 'bidder-1',
  sellerId: 'seller-1',
  currency: 'EUR',
  premiumTaxRegion: 'DE',
} as const;

/** 100 000 hammer price, 15 000 premium, 2 850 tax on it; the seller's commission is 10 000. */
const PAYMENT = {
  ...SALE,
  amountMinor: 117_850,
  platformFeeMinor: 27_850,
  premiumTaxMinor: 2_850,
  sellerCreditMinor: 0,
};
const HELD = { sellerMinor: 86_500, houseMinor: 25_000, premiumTaxMinor: 2_850 };

const entriesOf = ({ entries }: Posting) =>
  Object.fromEntries(entries.map(({ account, amountMinor }) => [account, amountMinor]));

describe('the ledger', () => {
  it('has PayPal hold what the buyer paid, less its fee', () => {
    const posting = capturePosting({ ...PAYMENT, paymentId: 'payment-1', paypalFeeMinor: 3_500 });
    expect(posting).toMatchObject({ kind: 'capture', subjectId: 'payment-1', currency: 'EUR' });
    expect(entriesOf(posting)).toEqual({
      'buyer:bidder-1': -117_850,
      'paypal:fees': 3_500,
      'house:held': 25_000,
      'house:tax:DE:held': 2_850,
      'seller:seller-1:held': 86_500,
    });
  });

  it('notes what the house owes the seller when it bears PayPal’s fee', () => {
    const borne = { ...PAYMENT, paypalFeeMinor: 3_500, sellerCreditMinor: 3_500 };
    const entries = entriesOf(capturePosting({ ...borne, paymentId: 'payment-1' }));
    expect(entries).toMatchObject({
      house: -3_500,
      'seller:seller-1:credit': 3_500,
      'house:held': 25_000,
      'seller:seller-1:held': 86_500,
    });
  });

  it('moves what is held to seller, house and tax at the release', () => {
    expect(entriesOf(releasePosting({ ...SALE, disbursementId: 'd-1' }, HELD))).toEqual({
      'seller:seller-1:held': -86_500,
      'seller:seller-1': 86_500,
      'house:held': -25_000,
      house: 25_000,
      'house:tax:DE:held': -2_850,
      'house:tax:DE': 2_850,
    });
  });

  it('takes a refund from house, tax and seller in proportion, and notes what is owed', () => {
    expect(entriesOf(refund(50_000, HELD))).toEqual({
      'buyer:bidder-1': 50_000,
      'house:held': -10_606,
      'house:tax:DE:held': -1_209,
      'seller:seller-1:held': -38_185,
    });
    expect(entriesOf(refund(117_850, HELD))).toEqual({
      'buyer:bidder-1': 117_850,
      'seller:seller-1:held': -86_500,
      'house:held': -25_000,
      'house:tax:DE:held': -2_850,
      'seller:seller-1': -3_500,
    });
  });

  it('takes a refund after the release from what each was paid, in the same shares', () => {
    const nothing = { sellerMinor: 0, houseMinor: 0, premiumTaxMinor: 0 };
    expect(entriesOf(refund(50_000, nothing))).toEqual({
      'buyer:bidder-1': 50_000,
      house: -10_606,
      'house:tax:DE': -1_209,
      'seller:seller-1': -38_185,
    });
  });

  it('has the seller owe the house what the house has refunded, and nets it from the next release', () => {
    const nothing = { sellerMinor: 0, houseMinor: 0, premiumTaxMinor: 0 };
    const byHouse = { refundMinor: 50_000, refundedBeforeMinor: 0, paidForSellerMinor: 50_000 };
    expect(
      entriesOf(refundPosting({ ...PAYMENT, ...byHouse, refundId: 'r' }, nothing)),
    ).toMatchObject({ house: -10_606, 'seller:seller-1:credit': -38_185 });
    const next = { ...SALE, disbursementId: 'd-2', nettedMinor: 38_185 };
    expect(entriesOf(releasePosting(next, HELD))).toMatchObject({
      'seller:seller-1:held': -86_500,
      'seller:seller-1': 48_315,
      'seller:seller-1:credit': 38_185,
    });
  });

  it('has the seller owe again what a refund gives back of what was recovered from the sale', () => {
    const recovered = { ...PAYMENT, paymentId: 'p', recoveryMinor: 20_000 };
    expect(entriesOf(recoveryPosting(recovered))).toEqual({
      'seller:seller-1:held': -20_000,
      'seller:seller-1:credit': 20_000,
    });
    const held = { ...HELD, sellerMinor: HELD.sellerMinor - 20_000 };
    const whole = { refundId: 'r', refundMinor: 117_850, refundedBeforeMinor: 0 };
    expect(entriesOf(refundPosting({ ...recovered, ...whole }, held))).toEqual({
      'buyer:bidder-1': 117_850,
      'seller:seller-1:held': -66_500,
      'seller:seller-1': -3_500,
      'seller:seller-1:credit': -20_000,
      'house:held': -25_000,
      'house:tax:DE:held': -2_850,
    });
  });

  it('never writes an entry of nothing', () => {
    const free = { ...PAYMENT, platformFeeMinor: 0, premiumTaxMinor: 0 };
    expect(capturePosting({ ...free, paymentId: 'p', paypalFeeMinor: 0 }).entries).toHaveLength(2);
    const nothing = { sellerMinor: 0, houseMinor: 0, premiumTaxMinor: 0 };
    expect(releasePosting({ ...SALE, disbursementId: 'd' }, nothing).entries).toEqual([]);
  });

  it('has no account for a tax that is not collected', () => {
    const untaxed = { ...PAYMENT, premiumTaxRegion: null, premiumTaxMinor: 0 };
    const { entries } = capturePosting({ ...untaxed, paymentId: 'p', paypalFeeMinor: 3_500 });
    expect(entries.filter(({ account }) => account.includes('tax'))).toEqual([]);
  });
});

const refund = (refundMinor: number, held: Held) =>
  refundPosting({ ...PAYMENT, refundId: 'r-1', refundMinor, refundedBeforeMinor: 0 }, held);

describe('the owner of an account', () => {
  it.each([
    [accounts.buyer('anna'), 'anna'],
    [accounts.wallet('anna:held'), 'anna:held'],
    [accounts.seller('sara'), 'sara'],
    [accounts.sellerHeld('sara'), 'sara'],
    [accounts.sellerCredit('sara'), 'sara'],
    // Nobody becomes the owner of another's money by a name.
    [accounts.seller('sara:held'), 'sara'],
    [accounts.house, undefined],
    [accounts.houseTax('DE'), undefined],
    [accounts.paypalFees, undefined],
  ])('%s: %s', (account, owner) => {
    expect(ownerOf(account)).toBe(owner);
  });
});

describe('any life of a payment', () => {
  it('balances at every step, holds nothing in the end, and takes each refund from its shares', () => {
    fc.assert(
      fc.property(lives(), ({ fee, houseBearsFee, refunds, releasedAfter, ...amounts }) => {
        const payment = { ...SALE, ...amounts };
        const balances = new Map<string, number>();
        const balance = (account: string) => balances.get(account) ?? 0;
        const held = () => ({
          sellerMinor: balance(accounts.sellerHeld(SALE.sellerId)),
          houseMinor: balance(accounts.houseHeld),
          premiumTaxMinor: balance(accounts.houseTaxHeld('DE')),
        });
        const post = ({ entries }: Posting) => {
          expect(entries.reduce((sum, entry) => sum + entry.amountMinor, 0)).toBe(0);
          for (const { account, amountMinor } of entries) {
            expect(amountMinor).not.toBe(0);
            balances.set(account, balance(account) + amountMinor);
          }
        };
        const release = () => post(releasePosting({ ...SALE, disbursementId: 'd' }, held()));

        const sellerCreditMinor = houseBearsFee ? fee : 0;
        const captured = { ...payment, paypalFeeMinor: fee, sellerCreditMinor };
        post(capturePosting({ ...captured, paymentId: 'p' }));
        let left = amounts.amountMinor;
        for (const [i, share] of refunds.entries()) {
          if (i === releasedAfter) release();
          const refundMinor = Math.floor(left * share);
          const refundedBeforeMinor = amounts.amountMinor - left;
          left -= refundMinor;
          const part = { refundId: `r-${i}`, refundMinor, refundedBeforeMinor };
          post(refundPosting({ ...payment, ...part }, held()));
        }
        if (releasedAfter >= refunds.length) release();

        const given = refundShares(payment, {
          refundMinor: amounts.amountMinor - left,
          refundedBeforeMinor: 0,
        });
        const forHouse = amounts.platformFeeMinor - amounts.premiumTaxMinor;
        const forSeller = amounts.amountMinor - amounts.platformFeeMinor - fee;
        expect(held()).toEqual({ sellerMinor: 0, houseMinor: 0, premiumTaxMinor: 0 });
        expect(balance(accounts.buyer(SALE.bidderId))).toBe(-left || 0);
        expect(balance(accounts.paypalFees)).toBe(fee);
        expect(balance(accounts.house)).toBe(forHouse - given.houseMinor - sellerCreditMinor);
        expect(balance(accounts.sellerCredit(SALE.sellerId))).toBe(sellerCreditMinor);
        expect(balance(accounts.houseTax('DE'))).toBe(
          amounts.premiumTaxMinor - given.premiumTaxMinor,
        );
        expect(balance(accounts.seller(SALE.sellerId))).toBe(forSeller - given.sellerMinor);
      }),
    );
  });
});

/** Captured, then refunded in parts; released before, between or after them. */
const lives = () =>
  fc
    .record({
      amountMinor: fc.integer({ min: 1, max: 1_000_000_000 }),
      feeShare: fc.double({ min: 0, max: 0.2, noNaN: true }),
      platformShare: fc.double({ min: 0, max: 0.8, noNaN: true }),
      taxShare: fc.double({ min: 0, max: 1, noNaN: true }),
      houseBearsFee: fc.boolean(),
      refunds: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
      releasedAfter: fc.nat(5),
    })
    .map(({ amountMinor, feeShare, platformShare, taxShare, ...rest }) => {
      const platformFeeMinor = Math.floor(amountMinor * platformShare);
      return {
        amountMinor,
        platformFeeMinor,
        premiumTaxMinor: Math.floor(platformFeeMinor * taxShare),
        fee: Math.floor(amountMinor * feeShare),
        ...rest,
      };
    });
