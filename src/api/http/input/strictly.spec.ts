import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { faultsOf, missing } from '../../../domain/common/faults.ts';
import { strictly } from './strictly.ts';

const Step = z.object({ from: z.int(), share: z.int() });
const Input = z.object({
  reserveMinor: z.int().nullable().default(null),
  startPriceMinor: z.int().optional(),
  softClose: z.object({ window: z.string() }).nullable().default(null),
  steps: z.union([z.int(), z.array(Step)]).optional(),
  labels: z.record(z.string(), z.string()).default({}),
  note: z.string().max(5).optional(),
});

function faults(value: unknown): string[] {
  const result = z.core.safeParse(strictly(Input), value, { error: missing });
  return faultsOf(result.error?.issues ?? []).map(({ field, message }) => `${field}: ${message}`);
}

describe('a field that no schema names', () => {
  it.each([
    [{ reservePriceMinor: 1 }, 'reservePriceMinor', 'did you mean reserveMinor?'],
    [{ softclose: {} }, 'softclose', 'did you mean softClose?'],
    [{ softClose: { window: '1', windw: '' } }, 'softClose.windw', 'did you mean window?'],
    [
      {
        steps: [
          { from: 1, share: 1 },
          { from: 1, shares: 1, share: 1 },
        ],
      },
      'steps.1.shares',
      'share?',
    ],
    [{ q: 1 }, 'q', 'known is reserveMinor, startPriceMinor, softClose, steps, labels, note'],
    [{ constructor: 1 }, 'constructor', 'is not known'],
  ])('%j is refused with the nearest name', (value, field, said) => {
    const found = faults(value);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${field}: is not known here`));
    expect(found[0]).toContain(said);
  });

  it('is named beside what else is wrong, each by itself', () => {
    expect(faults({ a: 1, b: 2, reserveMinor: 'x' }).map((fault) => fault.split(':')[0])).toEqual([
      'reserveMinor',
      'a',
      'b',
    ]);
  });
});

describe('an ill-formed text', () => {
  it.each([
    [{ note: 'a\ud800' }, 'note: must be well-formed'],
    [{ note: 'a\0' }, 'note: must not contain control'],
    [{ softClose: { window: '\udc00' } }, 'softClose.window: must be well-formed'],
    [{ labels: { x: '\x1b[2J' } }, 'labels.x: must not contain control'],
    [{ labels: { 'x\0': '' } }, 'labels.x'],
  ])('%j is refused by its field', (value, said) => {
    expect(faults(value)[0]).toContain(said);
  });

  it('is none of these', () => {
    expect(faults({ note: 'ä\n😀\t' })).toEqual([]);
  });
});

it('what the schema says stays: bounds, defaults that are made anew, absent fields', () => {
  expect(faults({ note: 'longer' })[0]).toContain('note: Too big');
  const read = () => z.core.parse(strictly(Input), {}) as z.infer<typeof Input>;
  expect(read()).toEqual({ reserveMinor: null, softClose: null, labels: {} });
  expect(read().labels).not.toBe(read().labels);
  expect(faultsOf(z.core.safeParse(strictly(Step), {}, { error: missing }).error!.issues)).toEqual([
    { field: 'from', message: 'is missing' },
    { field: 'share', message: 'is missing' },
  ]);
});

it('a schema that could take anything is not forgotten', () => {
  expect(() => strictly(z.object({ x: z.unknown() }))).toThrow('z.unknown()');
});
