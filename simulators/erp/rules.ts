import { z } from 'zod';
import { ACCOUNTS, COMMODITY_CODES, CURRENCIES } from './tables.ts';

/** The form of a document. What is wrong with its content is found later, when it is booked. */
export const DOCUMENT = z.looseObject({
  id: z.string().min(1).max(100),
  kind: z.enum(['invoice', 'settlement', 'credit_note', 'debit_note']),
  revision: z.int().positive(),
  currency: z.string().max(10),
  lines: z
    .array(z.looseObject({ account: z.string(), text: z.string(), amount: z.string().max(30) }))
    .min(1)
    .max(1_000),
  total: z.string().max(30),
  commodityCode: z.string().optional(),
});

export type Document = z.infer<typeof DOCUMENT>;

export interface Rejection {
  readonly code: string;
  readonly message: string;
  /** Path of the field at fault: `lines.0.account`. */
  readonly field: string;
}

/** Why the ERP will not book the document, or undefined when it will. */
export function rejectionOf(document: Document): Rejection | undefined {
  return (
    currencyRejection(document) ??
    accountRejection(document) ??
    amountRejection(document) ??
    commodityRejection(document)
  );
}

function currencyRejection({ currency }: Document): Rejection | undefined {
  if (Object.hasOwn(CURRENCIES, currency)) return undefined;
  return reject('unknown_currency', `Currency ${currency} is not set up.`, 'currency');
}

function accountRejection({ lines }: Document): Rejection | undefined {
  const index = lines.findIndex((line) => !Object.hasOwn(ACCOUNTS, line.account));
  if (index < 0) return undefined;
  const message = `Account ${lines[index]?.account} is not in the chart of accounts.`;
  return reject('unknown_account', message, `lines.${index}.account`);
}

function amountRejection({ lines, total, currency }: Document): Rejection | undefined {
  const places = CURRENCIES[currency] ?? 0;
  const amounts = lines.map((line) => minorUnits(line.amount, places));
  const totalMinor = minorUnits(total, places);
  const bad = amounts.indexOf(undefined);
  if (bad >= 0 || totalMinor === undefined) {
    const field = bad >= 0 ? `lines.${bad}.amount` : 'total';
    return reject('invalid_amount', `Not an amount with ${places} decimal places.`, field);
  }
  const sum = amounts.reduce<bigint>((so, amount) => so + (amount ?? 0n), 0n);
  if (sum === totalMinor) return undefined;
  return reject('unbalanced', 'The lines do not add up to the total.', 'total');
}

function commodityRejection({ kind, commodityCode }: Document): Rejection | undefined {
  if (kind !== 'invoice') return undefined;
  if (commodityCode !== undefined && Object.hasOwn(COMMODITY_CODES, commodityCode)) {
    return undefined;
  }
  const message = commodityCode
    ? `Commodity code ${commodityCode} is unknown.`
    : 'An invoice needs a commodity code.';
  return reject('unknown_commodity_code', message, 'commodityCode');
}

function minorUnits(amount: string, places: number): bigint | undefined {
  const form = places === 0 ? /^-?\d{1,15}$/ : new RegExp(`^-?\\d{1,15}\\.\\d{${places}}$`);
  return form.test(amount) ? BigInt(amount.replace('.', '')) : undefined;
}

function reject(code: string, message: string, field: string): Rejection {
  return { code, message, field };
}
