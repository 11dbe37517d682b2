import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accounts, capturePosting, refundPosting, releasePosting, type Posting } from './ledger.ts';

const SALE = {
  auctionId: 'auction-1',
  bidderId: 'bidder-1',
  sellerId: 'seller-1',
  currency: 'EUR',
} as const;

const entriesOf = ({ entries }: Posting) =>
  Object.fromEntries(entries.map(({ account, amountMinor }) => [account, amountMinor]));

describe('the ledger', () => {
  it('has PayPal hold what the buyer paid, less its fee', () => {
    const posting = capturePosting({
      ...SALE,
      paymentId: 'payment-1',
      amountMinor: 115_000,
      paypalFeeMinor: 3_500,
      platformFeeMinor: 25_000,
    });
    expect(posting).toMatchObject({ kind: 'capture', subjectId: 'payment-1', currency: 'EUR' });
    expect(entriesOf(posting)).toEqual({
      'buyer:bidder-1': -115_000,
      'paypal:fees': 3_500,
      'house:held': 25_000,
      'seller:seller-1:held': 86_500,
    });
  });

  it('moves what is held to seller and house at the release', () => {
    const held = { sellerMinor: 86_500, houseMinor: 25_000 };
    expect(entriesOf(releasePosting({ ...SALE, disbursementId: 'd-1' }, held))).toEqual({
      'seller:seller-1:held': -86_500,
      'seller:seller-1': 86_500,
      'house:held': -25_000,
      house: 25_000,
    });
  });

  it('takes a refund from house and seller in proportion, and notes what is owed', () => {
    const held = { sellerMinor: 86_500, houseMinor: 25_000 };
    const amounts = { amountMinor: 115_000, platformFeeMinor: 25_000, refundedBeforeMinor: 0 };
    const refund = (refundMinor: number) =>
      entriesOf(refundPosting({ ...SALE, ...amounts, refundId: 'r-1', refundMinor }, held));
    expect(refund(50_000)).toEqual({
      'buyer:bidder-1': 50_000,
      'house:held': -10_869,
      'seller:seller-1:held': -39_131,
    });
    expect(refund(115_000)).toEqual({
      'buyer:bidder-1': 115_000,
      'seller:seller-1:held': -86_500,
      'house:held': -25_000,
      'seller:seller-1': -3_500,
    });
  });

  it('never writes an entry of nothing', () => {
    const free = { ...SALE, paymentId: 'p', amountMinor: 100, paypalFeeMinor: 0 };
    expect(capturePosting({ ...free, platformFeeMinor: 0 }).entries).toHaveLength(2);
    expect(
      releasePosting({ ...SALE, disbursementId: 'd' }, { sellerMinor: 0, houseMinor: 0 }).entries,
    ).toEqual([]);
  });
});

describe('any life of a payment', () => {
  it('balances at every step, holds nothing in the end, and gives the buyer back what was refunded', () => {
    fc.assert(
      fc.property(lives(), ({ amount, fee, platformFee, refunds, releasedAfter }) => {
        const balances = new Map<string, number>();
        const balance = (account: string) => balances.get(account) ?? 0;
        const held = () => ({
          sellerMinor: balance(accounts.sellerHeld(SALE.sellerId)),
          houseMinor: balance(accounts.houseHeld),
        });
        const post = ({ entries }: Posting) => {
          expect(entries.reduce((sum, entry) => sum + entry.amountMinor, 0)).toBe(0);
          for (const { account, amountMinor } of entries) {
            expect(amountMinor).not.toBe(0);
            balances.set(account, balance(account) + amountMinor);
          }
        };
        const release = () => post(releasePosting({ ...SALE, disbursementId: 'd' }, held()));

        post(
          capturePosting({
            ...SALE,
            paymentId: 'p',
            amountMinor: amount,
            paypalFeeMinor: fee,
            platformFeeMinor: platformFee,
          }),
        );
        let left = amount;
        for (const [i, share] of refunds.entries()) {
          if (i === releasedAfter) release();
          const refundMinor = Math.floor(left * share);
          left -= refundMinor;
          const refund = {
            ...SALE,
            refundId: `r-${i}`,
            refundMinor,
            refundedBeforeMinor: amount - left - refundMinor,
            amountMinor: amount,
            platformFeeMinor: platformFee,
          };
          post(refundPosting(refund, held()));
        }
        if (releasedAfter >= refunds.length) release();

        expect(held()).toEqual({ sellerMinor: 0, houseMinor: 0 });
        expect(balance(accounts.buyer(SALE.bidderId))).toBe(-left || 0);
        expect(balance(accounts.paypalFees)).toBe(fee);
      }),
    );
  });
});

/** Captured, then refunded in parts; released before, between or after them. */
const lives = () =>
  fc
    .record({
      amount: fc.integer({ min: 1, max: 1_000_000_000 }),
      feeShare: fc.double({ min: 0, max: 0.2, noNaN: true }),
      platformShare: fc.double({ min: 0, max: 0.8, noNaN: true }),
      refunds: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
      releasedAfter: fc.nat(5),
    })
    .map(({ amount, feeShare, platformShare, ...rest }) => ({
      amount,
      fee: Math.floor(amount * feeShare),
      platformFee: Math.floor(amount * platformShare),
      ...rest,
    }));
