import { z } from 'zod';
import type { BiddingTerms } from '../bidding/bidding.ts';
import { durationMs, isDuration } from '../common/duration.ts';
import { UsableBy } from '../eligibility/usable-by.ts';
import { INCREMENT_TABLES, type IncrementTable } from '../bidding/increments.ts';
import { LARGEST_AMOUNT_MINOR } from '../common/money.ts';
import { ALARM_DEFAULT, policyFaults } from './policy-bounds.ts';
import { REGION } from '../payment/premium-tax.ts';
import {
  EBAY_RETRACTION,
  RetractionRule,
  retractionTimes,
  type RetractionTimes,
} from '../bidding/retraction-times.ts';
import type { SoftClose } from '../auction/soft-close.ts';

const duration = z
  .string()
  .refine(isDuration, {
    error: 'must be an ISO 8601 duration such as P4D or PT90S',
    abort: true, // Otherwise the comparisons below would be of a text that is none.
  })
  .meta({ format: 'duration' });
const amountMinor = z.int().min(0).max(LARGEST_AMOUNT_MINOR);
/** More than there are countries, with the states of the United States. */
const MOST_REGIONS = 500;
const basisPoints = z.int().min(0).max(5_000);

/** Whether steps begin at nothing and go up: each holds from its `from` to the next one's. */
const ascends = (steps: readonly { readonly from: number }[]): boolean =>
  steps.every((step, i) => (i === 0 ? step.from === 0 : step.from > steps[i - 1]!.from));
const ASCENDING = { error: 'must start at 0 and ascend' };

const incrementTable = z
  .array(z.object({ from: amountMinor, increment: amountMinor.min(1) }))
  .min(1)
  .max(50)
  .refine(ascends, ASCENDING);

const bands = z
  .array(z.object({ from: amountMinor, share: basisPoints }))
  .min(1)
  .max(20)
  .refine(ascends, ASCENDING);

const fee = (ofHammerPrice: string) =>
  z
    .union([basisPoints, bands])
    .describe(`share of the hammer price, or shares of its bands, ${ofHammerPrice}`);

/** 887.5 is 8.875 %, what New York City takes. */
const taxShare = z
  .number()
  .min(0)
  .max(5_000)
  .refine((share) => Number(share.toFixed(2)) === share, {
    error: 'must be basis points, to the hundredth',
  });

const premiumTax = z
  .object({
    shares: z
      .record(z.string().regex(REGION), taxShare)
      .refine((shares) => Object.keys(shares).length <= MOST_REGIONS, {
        error: `must not have more than ${MOST_REGIONS} regions`,
      })
      .describe('by ISO 3166 country (DE) or subdivision (US-NY): basis points, 887.5 is 8.875 %'),
    defaultRegion: z.string().describe('for buyers of no known region, or of one not in the table'),
  })
  .refine(({ shares, defaultRegion }) => Object.hasOwn(shares, defaultRegion), {
    path: ['defaultRegion'],
    error: 'must be in the table',
  });

/** As it is kept: a version from before there were bounds is read, too. */
const KeptPolicy = z.object({
  usableBy: UsableBy.default('operators').describe(
    'whose drafts may use it; operators use every policy',
  ),
  increments: z
    .union([
      z.enum(Object.keys(INCREMENT_TABLES) as (keyof typeof INCREMENT_TABLES)[]),
      incrementTable,
    ])
    .describe('a named table, or steps'),
  ownRaise: z.enum(['keepsPrice', 'completesIncrement']).default('keepsPrice'),
  belowReserve: z.enum(['ordinary', 'followsMaximum']).default('ordinary'),
  softClose: z
    .object({
      window: duration,
      extendBy: duration,
      mode: z.enum(['addToEnd', 'resetFromBid']),
      maximumExtensions: z.int().min(1).max(1_000).nullable().default(null),
    })
    .nullable()
    .default(null),
  retraction: RetractionRule.nullable()
    .default(EBAY_RETRACTION)
    .describe('what a bidder may take back; null: nothing'),
  houseMinimumMinor: amountMinor
    .default(0)
    .describe("least start price of the house's own lots, minor units"),
  paymentWindow: duration.describe(
    'from the award, or the acceptance of an offer, to expiry; at most P60D',
  ),
  reminders: z
    .array(duration)
    .max(10)
    .default([])
    .describe('after the start of the window, and within it'),
  secondChanceDepth: z.int().min(0).max(20).describe('how many further bidders are asked'),
  secondChanceWindow: duration.describe('how long a second-chance offer stands; at most P30D'),
  inspection: duration.describe(
    'from the arrival of the piece to the release of the money; at most P27D',
  ),
  longestHold: duration.describe('release without a known arrival, from the capture'),
  lastSafeMoment: duration.describe('never hold past this; PayPal releases by itself at 28 days'),
  alarmBeforeLastSafe: duration
    .default(ALARM_DEFAULT)
    .describe('operators are told this long before of money that will not leave by then'),
  buyersPremium: fee('that the buyer pays on top'),
  sellersCommission: fee('that the house keeps'),
  sellersCommissionMinimumMinor: amountMinor
    .default(0)
    .describe('least commission, minor units; never more than the hammer price'),
  premiumTax: premiumTax
    .nullable()
    .default(null)
    .describe("tax on the buyer's premium, that the buyer pays on top; null: none"),
  authoriseAboveMinor: amountMinor
    .nullable()
    .default(null)
    .describe('a payment above this is authorised, then captured; null: none; minor units'),
  withoutDelayedDisbursement: z
    .enum(['refuse', 'holdInHouseAccount'])
    .default('refuse')
    .describe(
      'when PayPal does not hold money for a seller: no sale until it does, or the house takes the money and pays the seller at the release',
    ),
  netReceivables: z
    .enum(['fromNextDisbursement', 'never'])
    .default('fromNextDisbursement')
    .describe(
      'what a seller owes the house after a refund that the house has paid: taken off what the next sales bring the seller, or left to be paid',
    ),
  whenSellerCannotRefund: z
    .enum(['tellOperators', 'housePays'])
    .default('tellOperators')
    .describe(
      'when PayPal cannot take a refund from a seller who has been paid: operators are told, or the house pays the buyer and the seller owes it',
    ),
  paypalFeeBorneBy: z
    .enum(['seller', 'house'])
    .default('seller')
    .describe('PayPal takes its fee from the seller; the house credits it when the house bears it'),
});

/**
 * What a house decides, as data. An auction keeps the version that it was published with, so a change
 * never touches a sale under way. Durations are ISO 8601, amounts minor units, shares basis points.
 */
export const Policy = KeptPolicy.superRefine((policy, context) => {
  for (const { field, message } of policyFaults(policy)) {
    context.addIssue({ code: 'custom', path: field === '' ? [] : field.split('.'), message });
  }
}).meta({ id: 'Policy' });

export type Policy = z.infer<typeof KeptPolicy>;

/**
 * A policy as it was kept; what a newer Gavel asks of it has its default. Throws an Error that says which
 * fields cannot be read.
 */
export function readPolicy(kept: unknown): Policy {
  const read = KeptPolicy.safeParse(kept);
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Error(`A policy cannot be read: ${faults.join('; ')}`);
}

/** The policies that a new installation has. */
export const STANDARD_POLICIES: Record<string, Policy> = {
  standard: Policy.parse({
    usableBy: 'sellers',
    increments: 'ebay-us',
    softClose: { window: 'PT2M', extendBy: 'PT2M', mode: 'resetFromBid' },
    paymentWindow: 'P4D',
    reminders: ['P1D', 'P2D'],
    secondChanceDepth: 2,
    secondChanceWindow: 'P1D',
    inspection: 'P3D',
    longestHold: 'P21D',
    lastSafeMoment: 'P27D',
    buyersPremium: 1_500,
    sellersCommission: 1_000,
  }),
  // To see the whole of a sale at once: nobody waits for more than some minutes.
  quick: Policy.parse({
    increments: 'ebay-us',
    softClose: { window: 'PT10S', extendBy: 'PT10S', mode: 'resetFromBid' },
    paymentWindow: 'PT10M',
    reminders: ['PT5M'],
    secondChanceDepth: 1,
    secondChanceWindow: 'PT5M',
    inspection: 'PT10S',
    longestHold: 'P21D',
    lastSafeMoment: 'P27D',
    buyersPremium: 1_500,
    sellersCommission: 1_000,
  }),
};

export const incrementsOf = (policy: Policy): IncrementTable =>
  typeof policy.increments === 'string' ? INCREMENT_TABLES[policy.increments] : policy.increments;

export const biddingTerms = (
  policy: Policy,
  { startPrice, reserve }: Pick<BiddingTerms, 'startPrice' | 'reserve'>,
): BiddingTerms => ({
  startPrice,
  reserve,
  increments: incrementsOf(policy),
  ownRaise: policy.ownRaise,
  belowReserve: policy.belowReserve,
});

export const softCloseOf = ({ softClose }: Policy): SoftClose | null =>
  softClose && {
    windowMs: durationMs(softClose.window),
    extendByMs: durationMs(softClose.extendBy),
    mode: softClose.mode,
    maximumExtensions: softClose.maximumExtensions,
  };

/** What holds for bidders (null: they take nothing back), and what for operators, who always may. */
export function retractionsOf(
  { retraction }: Policy,
  lengthMs: number,
): { forBidders: RetractionTimes | null; forOperators: RetractionTimes } {
  const times = retractionTimes(retraction ?? EBAY_RETRACTION, lengthMs);
  return { forBidders: retraction && times, forOperators: times };
}
