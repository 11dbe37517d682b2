import { CURRENCIES, fromDecimal, toDecimal } from '../../domain/common/money.ts';
import type { Currency, Money } from '../../domain/common/money.ts';
import { PayPalError } from './errors.ts';
import { UNREADABLE_ANSWER } from './issues.ts';

/** Money as the SDK has it. */
export interface SdkMoney {
  currencyCode: string;
  value: string;
}

/** Money as PayPal's JSON has it, for the calls that the SDK lacks. */
export interface WireMoney {
  currency_code: string;
  value: string;
}

export const toPayPal = ({ amountMinor, currency }: Money): SdkMoney => ({
  currencyCode: currency,
  value: toDecimal(amountMinor, currency),
});

/** Throws a PayPalError when the amount or the currency is not one that we can hold. */
export function fromPayPal(operation: string, money: SdkMoney | undefined): Money {
  const currency = CURRENCIES.find((known) => known === money?.currencyCode);
  if (!money || !currency) {
    throw unreadable(operation, `no amount, or an unknown currency: ${money?.currencyCode}`);
  }
  try {
    return { amountMinor: fromDecimal(money.value, currency), currency };
  } catch {
    throw unreadable(operation, `not an amount: ${money.value} ${currency}`);
  }
}

export const fromWire = (operation: string, money: WireMoney | undefined): Money =>
  fromPayPal(operation, money && { currencyCode: money.currency_code, value: money.value });

/** The same, where an amount that cannot be read is no fault. */
export function moneyIn(money: WireMoney | undefined): Money | undefined {
  try {
    return fromWire('', money);
  } catch (error) {
    if (error instanceof PayPalError) return undefined;
    throw error;
  }
}

/** Minor units of an amount that may be left out, which PayPal does where it is nothing. */
export function minorOrZero(
  operation: string,
  money: SdkMoney | undefined,
  currency: Currency,
): number {
  if (!money) return 0;
  const read = fromPayPal(operation, money);
  if (read.currency !== currency)
    throw unreadable(operation, `${read.currency} beside ${currency}`);
  return read.amountMinor;
}

export const unreadable = (operation: string, what: string): PayPalError =>
  new PayPalError(operation, 200, UNREADABLE_ANSWER, 'none', what);

/** Our word for a status of PayPal's; undefined for one that it has added since. */
export const statusIn = <Ours extends string>(
  table: Readonly<Record<Ours, string>>,
  theirs: string,
): Ours | undefined => (Object.keys(table) as Ours[]).find((ours) => table[ours] === theirs);

/** Something is there: what PayPal gives for a name is checked where it is read. */
export const isText = (value: unknown): value is string =>
  typeof value === 'string' && value !== '';
