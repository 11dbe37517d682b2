import { describe, expect, it } from 'vitest';
import type { LogEntry } from './bid-log.ts';
import { Policy, retractionsOf, STANDARD_POLICIES } from '../policy/policy.ts';
import { closingAfterRetraction, retractableFrom } from './retraction.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

type Placed = LogEntry & { placedAtMs: number };
const bid = (sequence: number, bidder: string, placedAtMs: number): Placed => ({
  kind: 'bid',
  sequence,
  bidder,
  maximum: sequence * 1_000,
  placedAtMs,
});
const retraction = (sequence: number, bidder: string, placedAtMs: number): Placed => ({
  kind: 'retraction',
  sequence,
  bidder,
  retractsFrom: sequence - 1,
  placedAtMs,
});

/** In an auction of seven days by the standard policy, unless said otherwise; times from its opening. */
function mayTakeBack(
  log: readonly Placed[],
  nowMs: number,
  { lengthMs = 7 * DAY, retraction = {} as Partial<Policy['retraction']> | null } = {},
) {
  const standard = STANDARD_POLICIES.standard!;
  const policy = Policy.parse({
    ...standard,
    retraction: retraction && { ...standard.retraction, ...retraction },
  });
  const times = retractionsOf(policy, lengthMs).forBidders;
  return retractableFrom({ log, bidder: 'anna', times, nowMs, closesAtMs: lengthMs });
}

describe('a bidder', () => {
  const twoBids = [bid(1, 'anna', 0), bid(2, 'bruno', HOUR), bid(3, 'anna', 7 * DAY - 2 * HOUR)];

  it('takes all bids back long before the end', () => {
    expect(mayTakeBack(twoBids, 7 * DAY - 12 * HOUR - 1)).toBe(1);
  });

  it('takes back only the last bid in the last twelve hours, and only within an hour of it', () => {
    expect(mayTakeBack(twoBids, 7 * DAY - HOUR)).toBe(3);
    expect(mayTakeBack(twoBids, 7 * DAY - HOUR + 1)).toBeUndefined();
  });

  it('takes nothing back in the last quarter of an hour, however fresh the bid is', () => {
    const fresh = [bid(1, 'bruno', 0), bid(2, 'anna', 7 * DAY - 16 * MINUTE)];
    expect(mayTakeBack(fresh, 7 * DAY - 15 * MINUTE - 1)).toBe(2);
    expect(mayTakeBack(fresh, 7 * DAY - 15 * MINUTE)).toBeUndefined();
    expect(mayTakeBack(fresh, 7 * DAY - 827)).toBeUndefined();
  });

  it('takes back once in the last hours: nobody keeps an auction open by bidding and retracting', () => {
    const late = 7 * DAY - 2 * HOUR;
    const again = [bid(1, 'anna', late), retraction(2, 'anna', late), bid(3, 'anna', late)];
    expect(mayTakeBack(again, late + MINUTE)).toBeUndefined();
    expect(mayTakeBack([...again, bid(4, 'bruno', late)], late + MINUTE)).toBeUndefined();
  });

  it('has the same shares of a short auction: of ten minutes, the last bid for 25 seconds', () => {
    const lengthMs = 10 * MINUTE;
    const bids = [bid(1, 'anna', 0), bid(2, 'anna', 6 * MINUTE)];
    expect(mayTakeBack(bids, 5 * MINUTE - 1, { lengthMs })).toBe(1);
    expect(mayTakeBack(bids, 6 * MINUTE + 25_000, { lengthMs })).toBe(2);
    expect(mayTakeBack(bids, 6 * MINUTE + 25_001, { lengthMs })).toBeUndefined();
  });

  it('has what a policy of seconds says, as it says it', () => {
    const retraction = { freelyUntil: 'PT10S', lastBidWithin: 'PT4S', scaledBelow: 'PT0S' };
    const of = { lengthMs: 20_000, retraction };
    const bids = [bid(1, 'anna', 0), bid(2, 'anna', 15_000)];
    expect(mayTakeBack(bids, 9_999, of)).toBe(1);
    expect(mayTakeBack(bids, 18_999, of)).toBe(2);
    expect(mayTakeBack(bids, 19_000, of)).toBeUndefined();
  });

  it('takes nothing back where the policy says so, without a bid, or with none left', () => {
    expect(mayTakeBack(twoBids, HOUR, { retraction: null })).toBeUndefined();
    expect(mayTakeBack([bid(1, 'bruno', 0)], HOUR)).toBeUndefined();
    expect(mayTakeBack([bid(1, 'anna', 0), retraction(2, 'anna', 1)], HOUR)).toBeUndefined();
  });
});

describe('a retraction', () => {
  const times = (lengthMs: number, retraction?: null) =>
    retractionsOf(Policy.parse({ ...STANDARD_POLICIES.standard!, retraction }), lengthMs);

  it('leaves an hour to bid, or as much of a short auction; it never brings the end nearer', () => {
    const { forOperators } = times(7 * DAY);
    expect(closingAfterRetraction(7 * DAY, 7 * DAY - 827, forOperators)).toBe(7 * DAY - 827 + HOUR);
    expect(closingAfterRetraction(7 * DAY, DAY, forOperators)).toBe(7 * DAY);
    expect(times(10 * MINUTE).forOperators.leavesMs).toBe(25_000);
  });

  it('by an operator does so too where bidders may take nothing back', () => {
    expect(times(7 * DAY, null)).toMatchObject({
      forBidders: null,
      forOperators: { leavesMs: HOUR },
    });
  });
});

describe('the times of a policy', () => {
  it.each([
    ['no duration', { freelyUntil: 'soon' }],
    ['longer than a month', { leavesAtLeast: 'P31D' }],
    ['more for operators alone than there is', { freelyUntil: 'PT1H', operatorsOnly: 'PT2H' }],
  ])('are refused when they are %s', (_, retraction) => {
    const policy = {
      ...STANDARD_POLICIES.standard!,
      retraction: { lastBidWithin: 'PT1H', ...retraction },
    };
    expect(Policy.safeParse(policy).success).toBe(false);
  });
});
