import { describe, expect, it } from 'vitest';
import { meaningOf } from './movements.ts';

describe('money that PayPal moves because of a dispute', () => {
  it.each([
    ['DISPUTE_SETTLEMENT', 'SELLER', 'DEBIT', 'settlement'],
    [undefined, 'SELLER', 'DEBIT', 'settlement'],
    ['DISPUTE_FEE', 'SELLER', 'DEBIT', 'fee'],
    ['CHARGEBACK_FEE', 'PAYMENT_PROCESSOR', 'DEBIT', 'fee'],
    ['DISPUTE_SETTLEMENT_FEE', 'SELLER', 'CREDIT', 'fee'],
    ['DISPUTE_FEE', 'BUYER', 'DEBIT', 'notOurs'],
    ['DISPUTE_FEE', undefined, 'DEBIT', 'unclear'],
    ['DISPUTE_FEE', 'SELLER', undefined, 'unclear'],
    ['DISPUTE_FEE', 'SELLER', 'HOLD', 'unclear'],
    ['SOMETHING_NEW', 'SELLER', 'DEBIT', 'unclear'],
  ])('for %s, of %s, as %s is a %s', (reason, affectedParty, type, meaning) => {
    expect(meaningOf({ reason, affectedParty, type })).toBe(meaning);
  });
});
