import { z } from 'zod';
import type { Lifecycle } from '../../domain/lifecycle/lifecycle.ts';
import { CURRENCIES, LARGEST_AMOUNT_MINOR } from '../../domain/common/money.ts';
import { LONGEST_ID } from '../../domain/common/text.ts';

/** The vocabulary of all resources; a schema then reads as a list of facts. */
export const Id = z.uuid().toLowerCase().meta({ example: '019ad0c5-6f3a-7c41-9f6d-0d6c1b2a3e4f' });
export const Currency = z.enum(CURRENCIES).meta({ example: 'EUR' });

/** PostgreSQL has no year 0, and what is reckoned from a moment must have a date, too. */
const EARLIEST = '1970-01-01T00:00:00Z';
const LATEST = '3000-01-01T00:00:00Z';
export const Moment = z.iso
  .datetime()
  .max(30)
  // What is no moment at all is said above.
  .refine(
    (text) => !(Date.parse(text) < Date.parse(EARLIEST) || Date.parse(text) >= Date.parse(LATEST)),
    {
      error: `must be from ${EARLIEST} on and before ${LATEST}`,
    },
  )
  .meta({ example: '2026-11-30T18:00:00Z' })
  .describe('UTC, ISO 8601');
export const AmountMinor = z
  .int()
  .min(1)
  .max(LARGEST_AMOUNT_MINOR)
  .meta({ example: 1_999 })
  .describe('minor units: 1999 is 19.99');
/** In answers, where a balance may be zero or negative. */
export const SignedMinor = z.int().meta({ example: 1_999 }).describe('minor units');

/** A whole number in a path or a query, where everything is a text: digits, and nothing else. */
export const wholeNumber = (least: number, most: number) =>
  z.preprocess(
    (given) => (typeof given === 'string' && /^-?\d{1,16}$/.test(given) ? Number(given) : given),
    z
      .int({
        error: ({ code }) => (code === 'invalid_type' ? 'must be a whole number' : undefined),
      })
      .min(least)
      .max(most),
  );
/** What the database counts: ids of rows, of which JavaScript counts no further than this. */
export const RowId = wholeNumber(1, Number.MAX_SAFE_INTEGER);
export const AfterRow = wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0);

/** As the OpenAPI document has it: \p{Cc} is no pattern that others can make examples of. */
export const NO_CONTROLS = '[^\\u0000-\\u001f\\u007f-\\u009f]';

/** Ids that others give: subjects of tokens, sellers. No control characters, bounded. */
export const ExternalId = z
  .string()
  .min(1)
  .max(LONGEST_ID)
  .regex(new RegExp(`^${NO_CONTROLS}+$`), { error: 'must not contain control characters' })
  .meta({ example: 'anna' });

/** The states of a lifecycle. */
export const stateOf = (lifecycle: Lifecycle) => z.enum(lifecycle.states as [string, ...string[]]);

/** In paragraphs, perhaps. That it is a text at all is seen to for every input. */
export const Text = (longest: number) => z.string().max(longest);

/** Such as a reason, of which blanks are none. */
export const Words = (longest: number) =>
  Text(longest).min(1).regex(/\S/, { error: 'must not be blank' });

/** On one line: titles, names, references. */
export const Line = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(new RegExp(`^${NO_CONTROLS}*$`), { error: 'must be one line' });

export const Reason = z
  .object({ reason: Words(500).describe('kept in the audit log') })
  .meta({ id: 'Reason' });

export const PageQuery = z.object({
  limit: wholeNumber(1, 200).default(50),
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
