import { describe, expect, it } from 'vitest';
import { CURRENCIES, decimalPlaces, fromDecimal } from '../../domain/common/money.ts';
import { readLine } from './report-line.ts';

const INFO = {
  transaction_id: '5TY05013RG002845M',
  transaction_event_code: 'T0006',
  transaction_initiation_date: '2026-11-21T13:00:00+0000',
  transaction_amount: { currency_code: 'EUR', value: '460.00' },
  fee_amount: { currency_code: 'EUR', value: '-16.50' },
  transaction_status: 'S',
  invoice_id: 'INV-1',
};

const line = (change: object) => ({ transaction_info: { ...INFO, ...change } });

describe("a line of PayPal's report", () => {
  it.each(CURRENCIES)('in %s is read', (currency) => {
    const transaction_amount = { currency_code: currency, value: '460.00' };
    expect(readLine(line({ transaction_amount, fee_amount: undefined }))).toMatchObject({
      amountMinor: fromDecimal('460', currency),
      currency,
      feeMinor: 0,
    });
  });

  it('is in the 24 currencies that PayPal has, of which three have no decimals there', () => {
    expect(CURRENCIES).toHaveLength(24);
    expect(CURRENCIES.filter((currency) => decimalPlaces(currency) === 0)).toEqual([
      'HUF',
      'JPY',
      'TWD',
    ]);
  });

  it.each([
    ['without an amount', { transaction_amount: undefined }, 'transaction_amount'],
    [
      'with an amount that is a number',
      { transaction_amount: { currency_code: 'EUR', value: 4.6 } },
      'value',
    ],
    [
      'in a currency that nobody knows',
      { transaction_amount: { currency_code: 'XTS', value: '1.00' } },
      'XTS',
    ],
    [
      'with half a forint',
      { transaction_amount: { currency_code: 'HUF', value: '100.50' } },
      '100.50 HUF',
    ],
    [
      'with more money than there is',
      { transaction_amount: { currency_code: 'EUR', value: '9999999999999.00' } },
      'bounds',
    ],
    [
      'with a fee in another currency',
      { fee_amount: { currency_code: 'USD', value: '1.00' } },
      'USD',
    ],
    ['without an id', { transaction_id: undefined }, 'transaction_id'],
    ['with NUL in its id', { transaction_id: 'A\0B' }, 'transaction_id'],
    ['of no date', { transaction_initiation_date: 'yesterday' }, 'transaction_initiation_date'],
    ['of year 275760', { transaction_initiation_date: '+275760-09-13T00:00:00Z' }, 'date'],
    ['without an event code', { transaction_event_code: undefined }, 'transaction_event_code'],
    ['with an event code of another form', { transaction_event_code: 'X1' }, 'event code'],
  ])('%s is unread, and says why', (_what, change, why) => {
    const read = readLine(line(change));
    expect(read).toMatchObject({ raw: line(change) });
    expect('unread' in read && read.unread).toContain(why);
  });

  it.each([[null], [{}], ['text'], [{ transaction_info: 7 }]])('that is %j is unread', (raw) => {
    expect(readLine(raw)).toMatchObject({ raw });
  });

  it('keeps its money when what is told beside it is odd', () => {
    const odd = { invoice_id: 7, custom_field: 'a\0\uD800', transaction_status: 'Q', new: [] };
    expect(readLine(line(odd))).toMatchObject({
      amountMinor: 46_000,
      feeMinor: -1_650,
      status: 'unknown',
      invoiceId: undefined,
      customId: 'a\u{FFFD}\u{FFFD}',
    });
  });
});
