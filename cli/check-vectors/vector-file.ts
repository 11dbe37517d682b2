import { z } from 'zod';
import { isExternalId, LONGEST_ID } from '../../src/domain/common/text.ts';
import { UsageError } from '../commands/fail.ts';

/** What a step should lead to. What is not given is not compared. */
const Expected = z.object({
  accepted: z.boolean().optional(),
  reason: z.string().optional(),
  price: z.int().optional(),
  leader: z.string().nullable().optional(),
  nextMinBid: z.int().optional(),
  reserveMet: z.boolean().optional(),
});
export type Expected = z.infer<typeof Expected>;

/** Other houses' readings of two rules, which a policy can choose. */
export const ALTERNATIVES = {
  'R5-alt': { ownRaise: 'completesIncrement' },
  'R7-alt': { belowReserve: 'followsMaximum' },
} as const;
export type Alternative = keyof typeof ALTERNATIVES;
export const ALTERNATIVE_NAMES = Object.keys(ALTERNATIVES) as Alternative[];

const name = z
  .string()
  .refine(isExternalId, { error: `must be one line of 1 to ${LONGEST_ID} well-formed characters` });
const amountMinor = z.int().min(1);
const alt = z.partialRecord(z.enum(ALTERNATIVE_NAMES), Expected).optional();

const Step = z.discriminatedUnion('action', [
  Expected.extend({ action: z.literal('bid'), bidder: name, max: amountMinor, alt }),
  Expected.extend({ action: z.literal('retract'), bidder: name, alt }),
]);
export type Step = z.infer<typeof Step>;

const Vector = z.object({
  id: name,
  title: z.string().default(''),
  startPrice: amountMinor,
  reserve: amountMinor.nullable().default(null),
  increments: name,
  steps: z.array(Step).min(1),
});
export type Vector = z.infer<typeof Vector>;

const timeOfDay = z.iso.time({ precision: 0 });
const SoftCloseVector = z.object({
  id: name,
  policy: z.object({
    window: z.int().min(1).describe('seconds'),
    mode: z.enum(['addToEnd', 'resetFromBid']),
    extendBy: z.int().min(1).describe('seconds'),
    maxExtensions: z.int().min(1).optional(),
  }),
  end: timeOfDay,
  bids: z.array(z.object({ at: timeOfDay, newEnd: timeOfDay })).min(1),
});
export type SoftCloseVector = z.infer<typeof SoftCloseVector>;

const VectorFile = z
  .object({
    incrementTables: z.record(
      z.string(),
      z.array(z.object({ from: z.int().min(0), increment: z.int().min(1) })).min(1),
    ),
    vectors: z.array(Vector),
    softClose: z.array(SoftCloseVector).default([]),
  })
  .superRefine(({ incrementTables, vectors }, { addIssue }) => {
    for (const [i, { increments }] of vectors.entries()) {
      if (!Object.hasOwn(incrementTables, increments))
        addIssue({
          code: 'custom',
          path: ['vectors', i, 'increments'],
          message: `there is no increment table "${increments}"`,
        });
    }
  });
export type VectorFile = z.infer<typeof VectorFile>;

/** Throws a UsageError that says where the file is wrong. */
export function readVectors(text: string, file: string): VectorFile {
  const read = VectorFile.safeParse(jsonOf(text, file));
  if (read.success) return read.data;
  const { path, message } = read.error.issues[0]!;
  throw new UsageError(`${file}: ${z.core.toDotPath(path) || 'the whole'}: ${message}.`);
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${(error as Error).message}.`);
  }
}
