/**
 * Money is an integer number of minor units with its currency beside it: 1999 USD is 19.99 dollars.
 * Number.MAX_SAFE_INTEGER bounds every amount; that is ninety trillion dollars.
 */
export interface Money {
  readonly amountMinor: number;
  readonly currency: Currency;
}

/**
 * All currencies of PayPal's, with their decimal places as PayPal counts them: for HUF and TWD it takes
 * none, where ISO 4217 has two. https://developer.paypal.com/docs/reports/reference/paypal-supported-currencies/
 */
const DECIMAL_PLACES = {
  AUD: 2,
  BRL: 2,
  CAD: 2,
  CHF: 2,
  CNY: 2,
  CZK: 2,
  DKK: 2,
  EUR: 2,
  GBP: 2,
  HKD: 2,
  HUF: 0,
  ILS: 2,
  JPY: 0,
  MXN: 2,
  MYR: 2,
  NOK: 2,
  NZD: 2,
  PHP: 2,
  PLN: 2,
  SEK: 2,
  SGD: 2,
  THB: 2,
  TWD: 0,
  USD: 2,
} as const;

export type Currency = keyof typeof DECIMAL_PLACES;
export const CURRENCIES = Object.keys(DECIMAL_PLACES) as [Currency, ...Currency[]];

/** The largest amount that a lot may be bid or paid at: a guard against slipped keys. */
export const LARGEST_AMOUNT_MINOR = 100_000_000_000;

export const decimalPlaces = (currency: Currency): number => DECIMAL_PLACES[currency];

/** 123456 USD -> "1234.56"; the form in which PayPal and the ERP take amounts. */
export function toDecimal(amountMinor: number, currency: Currency): string {
  const places = DECIMAL_PLACES[currency];
  const sign = amountMinor < 0 ? '-' : '';
  const digits = String(Math.abs(amountMinor)).padStart(places + 1, '0');
  if (places === 0) return sign + digits;
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/**
 * "1234.56" USD -> 123456. Throws a RangeError when the text is not an exact amount of the currency: half
 * a forint is no money that PayPal can move, so nobody's rounding decides what becomes of it.
 */
export function fromDecimal(text: string, currency: Currency): number {
  const places = DECIMAL_PLACES[currency];
  const match = /^(-?)(\d{1,13})(?:\.(\d+))?$/.exec(text);
  const fraction = match?.[3] ?? '';
  if (!match || fraction.slice(places).replaceAll('0', '') !== '') {
    throw new RangeError(`"${text}" is not an amount in ${currency} (${places} decimal places)`);
  }
  const minor = Number(match[2] + fraction.slice(0, places).padEnd(places, '0'));
  return match[1] ? -minor : minor;
}

/** A part of an amount, and what is to be taken of it: basis points (100 = 1 %), to the hundredth. */
export interface SharedPart {
  readonly amountMinor: number;
  readonly basisPoints: number;
}

/**
 * The rounding rule of all shares: what the shares of all parts come to is summed exactly and rounded
 * once, half up to the minor unit. Whoever gets the rest gets `amount - share`, never a share that is
 * rounded for itself, so that shares always add up to the whole.
 */
export function sharesOf(parts: readonly SharedPart[]): number {
  // BigInt, because amount * basis points can pass what a number holds exactly.
  const millionths = parts.reduce(
    (sum, part) => sum + BigInt(part.amountMinor) * BigInt(Math.round(part.basisPoints * 100)),
    0n,
  );
  return Number((millionths + 500_000n) / 1_000_000n);
}

/** A share of one amount, rounded half up to the minor unit. */
export const shareOf = (amountMinor: number, basisPoints: number): number =>
  sharesOf([{ amountMinor, basisPoints }]);
