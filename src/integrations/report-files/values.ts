import { z } from 'zod';
import type { ParameterType, ReportParameter } from './report.ts';

/** Values as a request carries them; a date is `2026-11-21`, a timestamp has its offset. */
export type ReportValues = Readonly<Record<string, string | number>>;

/** A value that does not fit its parameter. */
export class ReportValueError extends Error {
  override name = 'ReportValueError';
}

const FORMS: Readonly<Record<ParameterType, { form: z.ZodType<string>; sentence: string }>> = {
  date: {
    // PostgreSQL knows no year 0, which the ISO form allows.
    form: z.iso.date().refine((text) => !text.startsWith('0000')),
    sentence: 'a date such as 2026-11-21',
  },
  timestamp: {
    form: z.iso
      .datetime({ offset: true })
      .refine((text) => text.length <= 40 && !text.startsWith('0000')),
    sentence: 'a time with its offset, such as 2026-11-21T09:30:00Z',
  },
  text: {
    // Neither NUL nor half a surrogate pair can be stored by PostgreSQL as text.
    form: z
      .string()
      .max(1_000)
      .regex(/^[^\0\p{Surrogate}]*$/u),
    sentence: 'a text of at most 1000 characters',
  },
  integer: {
    form: z.union([z.int().transform(String), z.string().refine(isBigint)]),
    sentence: 'a whole number',
  },
};

/**
 * Every parameter's value as a text of its type's one form.
 * Throws a ReportValueError for a value that is missing, unknown, or of another form.
 */
export function checkValues(
  parameters: readonly ReportParameter[],
  values: ReportValues,
): ReadonlyMap<string, string> {
  const unknown = Object.keys(values).find((name) => parameters.every((one) => one.name !== name));
  if (unknown !== undefined) {
    throw new ReportValueError(`The report has no parameter ${JSON.stringify(unknown)}.`);
  }
  return new Map(parameters.map(({ name, type }) => [name, checked(name, type, values)]));
}

function checked(name: string, type: ParameterType, values: ReportValues): string {
  const { form, sentence } = FORMS[type];
  const given = Object.hasOwn(values, name) ? values[name] : undefined;
  if (given === undefined) throw new ReportValueError(`${name} is missing: it is ${sentence}.`);
  const parsed = form.safeParse(given);
  if (!parsed.success) throw new ReportValueError(`${name} must be ${sentence}.`);
  return parsed.data;
}

const LARGEST_BIGINT = 9_223_372_036_854_775_807n;

function isBigint(text: string): boolean {
  if (!/^-?\d{1,19}$/.test(text)) return false;
  const value = BigInt(text);
  return -LARGEST_BIGINT <= value && value <= LARGEST_BIGINT;
}
