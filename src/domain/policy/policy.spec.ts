import { describe, expect, it } from 'vitest';
import { INCREMENT_TABLES } from '../bidding/increments.ts';
import { biddingTerms, Policy, readPolicy, softCloseOf, STANDARD_POLICIES } from './policy.ts';

const STANDARD = STANDARD_POLICIES.standard!;

const soft = (change: object) => ({ ...STANDARD.softClose!, ...change });

describe('a policy', () => {
  it('from before there were bounds is still read, so that its sales can be seen', () => {
    const kept = { ...STANDARD, paymentWindow: 'P999999999D', longestHold: 'P90D' };
    expect(readPolicy(kept)).toEqual(kept);
    expect(() => readPolicy({ ...kept, increments: 'ebay-mars' })).toThrow(
      /^A policy cannot be read: increments: /,
    );
  });

  it('may be one for a demonstration, with seconds in it', () => {
    const parsed = Policy.safeParse({
      ...STANDARD,
      softClose: { window: 'PT2S', extendBy: 'PT2S', mode: 'addToEnd' },
      paymentWindow: 'PT10S',
      reminders: ['PT5S'],
      longestHold: 'PT30S',
      lastSafeMoment: 'PT60S',
    });
    expect(parsed.success).toBe(true);
  });

  it.each([
    ['a duration of months', { paymentWindow: 'P1M' }, 'paymentWindow'],
    ['an alarm of months', { alarmBeforeLastSafe: 'P1M' }, 'alarmBeforeLastSafe'],
    ['a share above one half', { buyersPremium: 5_001 }, 'buyersPremium'],
    ['a share of a fraction', { sellersCommission: 12.5 }, 'sellersCommission'],
    ['bands that start above 0', { buyersPremium: [{ from: 1, share: 5 }] }, 'buyersPremium'],
    ['no bands at all', { sellersCommission: [] }, 'sellersCommission'],
    [
      'a commission of less than nothing',
      { sellersCommissionMinimumMinor: -1 },
      'sellersCommissionMinimumMinor',
    ],
    [
      'a tax without a default region',
      { premiumTax: { shares: { DE: 1_900 }, defaultRegion: 'FR' } },
      'premiumTax',
    ],
    [
      'a tax of no region that there is',
      { premiumTax: { shares: { Germany: 1_900 }, defaultRegion: 'Germany' } },
      'premiumTax',
    ],
    [
      'a tax finer than any authority’s',
      { premiumTax: { shares: { DE: 0.001 }, defaultRegion: 'DE' } },
      'premiumTax',
    ],
    ['an unknown increment table', { increments: 'ebay-mars' }, 'increments'],
    ['increments that start above 0', { increments: [{ from: 1, increment: 5 }] }, 'increments'],
    ['an increment of nothing', { increments: [{ from: 0, increment: 0 }] }, 'increments'],
    [
      'increments that do not ascend',
      {
        increments: [
          { from: 0, increment: 5 },
          { from: 0, increment: 9 },
        ],
      },
      'increments',
    ],
    ['no steps at all', { increments: [] }, 'increments'],
    ['a depth without end', { secondChanceDepth: 21 }, 'secondChanceDepth'],
    ['more reminders than anyone reads', { reminders: Array(11).fill('P1D') }, 'reminders'],
    ['a window to pay of millions of years', { paymentWindow: 'P999999999D' }, 'paymentWindow'],
    ['no time to pay at all', { paymentWindow: 'PT0S' }, 'paymentWindow'],
    ['a reminder after the window', { reminders: ['P4D'] }, 'reminders'],
    ['a second chance of a year', { secondChanceWindow: 'P52W' }, 'secondChanceWindow'],
    ['an inspection past the last safe moment', { inspection: 'P28D' }, 'inspection'],
    ['an alarm before the capture', { alarmBeforeLastSafe: 'P27D' }, 'alarmBeforeLastSafe'],
    ['a soft close of days', { softClose: soft({ extendBy: 'P2D' }) }, 'softClose'],
    ['no soft close to speak of', { softClose: soft({ window: 'PT0S' }) }, 'softClose'],
    [
      'extensions of years',
      { softClose: soft({ extendBy: 'P1D', maximumExtensions: 31 }) },
      'softClose',
    ],
    [
      'a retraction of years',
      { retraction: { freelyUntil: 'P999W', lastBidWithin: 'PT1H' } },
      'retraction',
    ],
    ['a hold past the last safe moment', { longestHold: 'P27DT1S' }, undefined],
    ['a last safe moment at PayPal’s own', { lastSafeMoment: 'P28D' }, undefined],
  ])('is refused with %s', (_, change, field) => {
    const parsed = Policy.safeParse({ ...STANDARD, ...change });
    expect(parsed.success).toBe(false);
    expect(parsed.error?.issues[0]?.path[0]).toBe(field);
  });

  it('may take fees in bands, a least commission, and a tax on the premium', () => {
    const fees = {
      buyersPremium: [
        { from: 0, share: 2_500 },
        { from: 100_000_00, share: 2_000 },
      ],
      sellersCommission: [{ from: 0, share: 1_000 }],
      sellersCommissionMinimumMinor: 5_000,
      premiumTax: { shares: { DE: 1_900, 'US-NY': 887.5, GB: 0 }, defaultRegion: 'DE' },
    };
    expect(Policy.parse({ ...STANDARD, ...fees })).toMatchObject(fees);
  });

  it('says which of two rules of holding it breaks', () => {
    const messages = (change: object) =>
      Policy.safeParse({ ...STANDARD, ...change }).error?.issues.map(({ message }) => message);
    expect(messages({ lastSafeMoment: 'P28D' })).toEqual([
      'lastSafeMoment must lie before the 28 days at which PayPal releases by itself',
    ]);
    expect(messages({ longestHold: 'P28D' })).toEqual(['longestHold may not pass lastSafeMoment']);
  });
});

describe('the terms of an auction', () => {
  it('take a named increment table, or the steps themselves', () => {
    const auction = { startPrice: 100, reserve: 500 };
    expect(biddingTerms(STANDARD, auction)).toEqual({
      startPrice: 100,
      reserve: 500,
      increments: INCREMENT_TABLES['ebay-us'],
      ownRaise: 'keepsPrice',
      belowReserve: 'ordinary',
    });
    const steps = [{ from: 0, increment: 7 }];
    expect(biddingTerms({ ...STANDARD, increments: steps }, auction).increments).toBe(steps);
  });

  it('count the soft close in milliseconds', () => {
    expect(softCloseOf(STANDARD)).toEqual({
      windowMs: 120_000,
      extendByMs: 120_000,
      mode: 'resetFromBid',
      maximumExtensions: null,
    });
    expect(softCloseOf({ ...STANDARD, softClose: null })).toBeNull();
  });
});
