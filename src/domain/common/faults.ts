import type { z } from 'zod';

export interface Fault {
  readonly field: string;
  readonly message: string;
}

/** Which fields are wrong, each once, and how, in words. `within` is a field that was judged alone. */
export function faultsOf(
  issues: readonly z.core.$ZodIssue[],
  within: readonly string[] = [],
): Fault[] {
  const faults = new Map<string, Fault>();
  for (const fault of issues.flatMap((issue) => faultsIn(issue, within))) {
    if (!faults.has(fault.field)) faults.set(fault.field, fault);
  }
  return [...faults.values()];
}

function faultsIn(issue: z.core.$ZodIssue, within: readonly string[]): Fault[] {
  const path = [...within, ...issue.path.map(String)];
  const nearest = issue.code === 'invalid_union' ? deepest(issue.errors) : [];
  if (nearest.length > 0) return nearest.flatMap((each) => faultsIn(each, path));
  return [{ field: path.join('.'), message: issue.message }];
}

/** Of the forms that a value may have, it was meant in the one that fits furthest. */
function deepest(forms: readonly (readonly z.core.$ZodIssue[])[]): readonly z.core.$ZodIssue[] {
  const depthOf = (issues: readonly z.core.$ZodIssue[]) =>
    Math.max(0, ...issues.map(({ path }) => path.length));
  const [first = []] = forms.toSorted((a, b) => depthOf(b) - depthOf(a));
  return depthOf(first) > 0 ? first : [];
}

export function inWords(faults: readonly Fault[]): string {
  const words = faults.map(({ field, message }) => (field ? `${field}: ${message}` : message));
  return words.join('; ').replace(/(?<!\?)$/, '.');
}

/** Zod would say that it has received undefined. */
export const missing: z.core.$ZodErrorMap = ({ code, input }) =>
  code !== 'custom' && input === undefined ? 'is missing' : undefined;
