import { z } from 'zod';
import { durationMs, isDuration } from '../common/duration.ts';

const LONGEST = 'P30D';
const duration = z
  .string()
  .refine((text) => isDuration(text) && durationMs(text) <= durationMs(LONGEST), {
    error: `must be an ISO 8601 duration such as PT12H or PT90S, at most ${LONGEST}`,
    abort: true,
  })
  .meta({ format: 'duration' });

/** What a policy says about taking bids back. */
export const RetractionRule = z
  .object({
    freelyUntil: duration.describe('before the end; until then all bids of a bidder may go'),
    lastBidWithin: duration.describe('afterwards only the last bid, once, and only this soon'),
    operatorsOnly: duration
      .optional()
      .describe(
        'before the end; from then on only operators take bids back; a quarter of lastBidWithin',
      ),
    leavesAtLeast: duration
      .optional()
      .describe('a retraction, also by an operator, leaves this long to bid; as lastBidWithin'),
    scaledBelow: duration
      .default('PT0S')
      .describe('an auction shorter than this has all these durations in proportion'),
  })
  .refine(
    ({ freelyUntil, operatorsOnly = 'PT0S' }) =>
      durationMs(operatorsOnly) <= durationMs(freelyUntil),
    {
      path: ['operatorsOnly'],
      error: 'must not be longer than freelyUntil',
    },
  );
export type RetractionRule = z.infer<typeof RetractionRule>;

/** eBay's, whose shortest auction lasts a day. */
export const EBAY_RETRACTION: RetractionRule = {
  freelyUntil: 'PT12H',
  lastBidWithin: 'PT1H',
  scaledBelow: 'P1D',
};

export interface RetractionTimes {
  readonly freelyUntilMs: number;
  readonly lastBidWithinMs: number;
  readonly operatorsOnlyMs: number;
  readonly leavesMs: number;
}

/** A rule as it is for an auction of this length. */
export function retractionTimes(rule: RetractionRule, lengthMs: number): RetractionTimes {
  const scaledBelowMs = durationMs(rule.scaledBelow);
  const scale = lengthMs < scaledBelowMs ? lengthMs / scaledBelowMs : 1;
  const lastBidWithinMs = durationMs(rule.lastBidWithin);
  const given = (text: string | undefined, otherwiseMs: number) =>
    Math.round(scale * (text === undefined ? otherwiseMs : durationMs(text)));
  return {
    freelyUntilMs: given(rule.freelyUntil, 0),
    lastBidWithinMs: given(rule.lastBidWithin, 0),
    operatorsOnlyMs: given(rule.operatorsOnly, lastBidWithinMs / 4),
    leavesMs: given(rule.leavesAtLeast, lastBidWithinMs),
  };
}
