import type { Expected } from './vector-file.ts';

/** What the engine did with a step, in the words of the vectors. */
export interface Observed {
  readonly accepted: boolean;
  /** Code of the refusal. */
  readonly reason: string | undefined;
  readonly price: number;
  readonly leader: string | null;
  readonly nextMinBid: number;
  readonly reserveMet: boolean;
}

export interface Difference {
  readonly field: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** Reasons of the vectors whose code here is another word. */
const CODES: Readonly<Record<string, string>> = {
  below_min_increment: 'bid_too_low',
  below_start: 'bid_below_start',
  not_above_own_max: 'not_above_own_maximum',
};

const FIELDS = ['accepted', 'reason', 'price', 'leader', 'nextMinBid', 'reserveMet'] as const;

/** Every field that a vector gives and the engine does not. */
export function differences(expected: Expected, observed: Observed): Difference[] {
  return FIELDS.filter((field) => expected[field] !== undefined)
    .filter((field) => wordFor(field, expected[field]) !== wordFor(field, observed[field]))
    .map((field) => ({ field, expected: expected[field], got: observed[field] ?? null }));
}

function wordFor(field: (typeof FIELDS)[number], value: unknown): unknown {
  if (field !== 'reason' || typeof value !== 'string') return value;
  const code = value.toLowerCase();
  return CODES[code] ?? code;
}
