import { z } from 'zod';
import type { Lifecycle } from '../../domain/lifecycles/lifecycle.ts';
import { CURRENCIES, LARGEST_AMOUNT_MINOR } from '../../domain/money.ts';

/** The vocabulary of all resources; a schema then reads as a list of facts. */
export const Id = z.uuid().toLowerCase();
export const Currency = z.enum(CURRENCIES);
export const Moment = z.iso.datetime().describe('UTC');
export const AmountMinor = z
  .int()
  .min(1)
  .max(LARGEST_AMOUNT_MINOR)
  .describe('minor units: 1999 is 19.99');
/** In answers, where a balance may be zero or negative. */
export const SignedMinor = z.int().describe('minor units');

/** Ids that others give: subjects of tokens, sellers. No control characters, bounded. */
export const ExternalId = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}]+$/u, { error: 'must not contain control characters' });

/** The states of a lifecycle. */
export const stateOf = (lifecycle: Lifecycle) => z.enum(lifecycle.states as [string, ...string[]]);

export const Text = (longest: number) =>
  z
    .string()
    .max(longest)
    .refine((text) => !text.includes('\0'), { error: 'must not contain a NUL character' });

export const Reason = z
  .object({ reason: Text(500).min(1).describe('kept in the audit log') })
  .meta({ id: 'Reason' });

export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: Id.optional().describe('the `next` of the page before'),
});

export const pageOf = <Item extends z.ZodType>(item: Item, id: string) =>
  z
    .object({
      items: z.array(item),
      next: z.string().nullable().describe('give it as `after`; null on the last page'),
    })
    .meta({ id });

export const iso = (moment: Date): string => moment.toISOString();
export const isoOrNull = (moment: Date | null): string | null => moment && moment.toISOString();
