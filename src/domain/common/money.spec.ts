import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURRENCIES, fromDecimal, LARGEST_AMOUNT_MINOR, shareOf, toDecimal } from './money.ts';

describe('an amount as PayPal and the ERP take it', () => {
  it.each([
    [123_456, 'USD', '1234.56'],
    [5, 'EUR', '0.05'],
    [0, 'EUR', '0.00'],
    [-1_999, 'GBP', '-19.99'],
    [1_234, 'JPY', '1234'],
    [-7, 'HUF', '-7'],
  ] as const)('%i %s is %s', (minor, currency, text) => {
    expect(toDecimal(minor, currency)).toBe(text);
    expect(fromDecimal(text, currency)).toBe(minor);
  });

  it('comes back as it was, whatever the amount and the currency', () => {
    const amount = fc.integer({ min: -LARGEST_AMOUNT_MINOR, max: LARGEST_AMOUNT_MINOR });
    fc.assert(
      fc.property(amount, fc.constantFrom(...CURRENCIES), (minor, currency) => {
        expect(fromDecimal(toDecimal(minor, currency), currency) === minor).toBe(true);
      }),
    );
  });

  it.each([
    ['19.999', 'EUR'],
    ['19.5', 'JPY'],
    ['1,000.00', 'EUR'],
    ['1e3', 'EUR'],
    [' 1', 'EUR'],
    ['1.', 'EUR'],
    ['', 'EUR'],
  ] as const)('is refused rather than rounded: "%s" %s', (text, currency) => {
    expect(() => fromDecimal(text, currency)).toThrow(RangeError);
  });

  it('may carry zeros that the currency does not have', () => {
    expect(fromDecimal('19.00', 'JPY')).toBe(19);
    expect(fromDecimal('19.500', 'EUR')).toBe(1_950);
  });
});

describe('a share of an amount', () => {
  it('is rounded half up to the minor unit', () => {
    expect(shareOf(9_999, 1_500)).toBe(1_500); // 1499.85
    expect(shareOf(50, 100)).toBe(1); // 0.5
    expect(shareOf(49, 100)).toBe(0);
    expect(shareOf(10_000, 887.5)).toBe(888); // 887.5, as New York City's 8.875 %
  });

  it('is never off by more than half a minor unit, up to the largest amount', () => {
    const amount = fc.integer({ min: 0, max: LARGEST_AMOUNT_MINOR });
    fc.assert(
      fc.property(amount, fc.integer({ min: 0, max: 10_000 }), (whole, basisPoints) => {
        const off = BigInt(shareOf(whole, basisPoints)) * 10_000n - BigInt(whole * basisPoints);
        expect(off).toBeGreaterThanOrEqual(-4_999n);
        expect(off).toBeLessThanOrEqual(5_000n);
      }),
    );
  });
});
