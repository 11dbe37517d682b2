import { ALTERNATIVE_NAMES, type Alternative, type Expected, type Vector } from './vector-file.ts';

/** One play of a vector: by the base rules, or by an alternative that some of its steps know. */
export interface Reading {
  readonly vector: Vector;
  readonly alternative: Alternative | undefined;
}

export const readingsOf = (vector: Vector): Reading[] => [
  { vector, alternative: undefined },
  ...ALTERNATIVE_NAMES.filter((name) => vector.steps.some(({ alt }) => alt?.[name])).map(
    (alternative) => ({ vector, alternative }),
  ),
];

/**
 * What each step of a reading should lead to. Once an alternative has led elsewhere, the base
 * expectations of later steps hold no more: only what is said of the alternative itself is compared.
 */
export function expectationsOf({ vector, alternative }: Reading): Expected[] {
  if (!alternative) return vector.steps;
  const firstApart = vector.steps.findIndex(({ alt }) => alt?.[alternative]);
  return vector.steps.map((step, i) => step.alt?.[alternative] ?? (i < firstApart ? step : {}));
}
