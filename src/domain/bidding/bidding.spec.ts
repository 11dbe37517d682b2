import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sharedVectors, type Vector, type VectorStep } from '../../../test/support/vectors.ts';
import {
  minimumBid,
  openingStanding,
  placeBid,
  replay,
  reserveMet,
  type Bid,
  type BiddingTerms,
  type Standing,
} from './bidding.ts';
import { incrementAt, INCREMENT_TABLES } from './increments.ts';

const CODES = {
  BELOW_MIN_INCREMENT: 'bid_too_low',
  BELOW_START: 'bid_below_start',
  NOT_ABOVE_OWN_MAX: 'not_above_own_maximum',
} as const;

const vectors = sharedVectors();
const ALTERNATIVES = { 'R5-alt': 'completesIncrement', 'R7-alt': 'followsMaximum' } as const;

describe.skipIf(vectors.length === 0)('the shared vectors', () => {
  it.each(vectors)('$id: $title', (vector) => {
    walk(vector, termsOf(vector), (step) => step);
  });

  it.each(vectors.filter((vector) => alternativeOf(vector, 'R5-alt')))(
    '$id where a raise completes the increment: $title',
    (vector) => {
      const terms = { ...termsOf(vector), ownRaise: ALTERNATIVES['R5-alt'] };
      walk(vector, terms, (step) => otherwise(step, 'R5-alt'));
    },
  );

  it.each(vectors.filter((vector) => alternativeOf(vector, 'R7-alt')))(
    '$id where the price follows the maximum below the reserve: $title',
    (vector) => {
      const terms = { ...termsOf(vector), belowReserve: ALTERNATIVES['R7-alt'] };
      walk(vector, terms, (step) => otherwise(step, 'R7-alt'));
    },
  );
});

describe('a bid', () => {
  const terms: BiddingTerms = {
    startPrice: 1_000,
    reserve: null,
    increments: INCREMENT_TABLES['ebay-us'],
    ownRaise: 'keepsPrice',
    belowReserve: 'ordinary',
  };

  it('that is refused says the least that would have been accepted, and that is accepted', () => {
    fc.assert(
      fc.property(auctions(), ({ terms, bids }) => {
        let standing = openingStanding(terms);
        for (const bid of bids) {
          const outcome = placeBid(terms, standing, bid);
          if (outcome.accepted) standing = outcome.standing;
          else {
            const least = { ...bid, maximum: outcome.minimumBid };
            expect(bid.maximum).toBeLessThan(outcome.minimumBid);
            expect(placeBid(terms, standing, least).accepted).toBe(true);
            const less = { ...bid, maximum: outcome.minimumBid - 1 };
            expect(placeBid(terms, standing, less).accepted).toBe(false);
          }
        }
      }),
    );
  });

  it('equal to the leader’s maximum loses to the earlier one', () => {
    const leads = replay(terms, [{ bidder: 'anna', maximum: 5_000 }]);
    const outcome = placeBid(terms, leads, { bidder: 'bruno', maximum: 5_000 });
    expect(outcome).toMatchObject({ accepted: true, standing: { leader: 'anna', price: 5_000 } });
  });
});

describe('any auction', () => {
  it('has the price and the leader that the list of accepted maxima alone gives', () => {
    fc.assert(
      fc.property(auctions(), ({ terms, bids }) => {
        const accepted: Bid[] = [];
        let standing = openingStanding(terms);
        for (const bid of bids) {
          const outcome = placeBid(terms, standing, bid);
          if (!outcome.accepted) continue;
          accepted.push(bid);
          standing = outcome.standing;
          expect(standing).toEqual(recomputed(terms, accepted));
        }
        expect(replay(terms, accepted)).toEqual(standing);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never prices above the leader’s maximum, and never falls without a retraction', () => {
    fc.assert(
      fc.property(auctions(), ({ terms, bids }) => {
        let standing = openingStanding(terms);
        for (const bid of bids) {
          const outcome = placeBid(terms, standing, bid);
          if (!outcome.accepted) continue;
          const before = standing;
          standing = outcome.standing;
          expect(standing.price).toBeLessThanOrEqual(standing.leaderMaximum!);
          expect(standing.price).toBeGreaterThanOrEqual(before.price);
          expect(standing.price).toBeGreaterThanOrEqual(terms.startPrice);
          // Whoever leads already is not displaced by an equal maximum.
          if (before.leaderMaximum === standing.leaderMaximum) {
            expect(standing.leader).toBe(before.leader);
          }
          if (terms.reserve !== null && reserveMet(terms, standing)) {
            expect(standing.price).toBeGreaterThanOrEqual(terms.reserve);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is after a retraction as if the bidder had never bid', () => {
    fc.assert(
      fc.property(auctions(), fc.constantFrom(...BIDDERS), ({ terms, bids }, gone) => {
        const accepted: Bid[] = [];
        let standing = openingStanding(terms);
        for (const bid of bids) {
          const outcome = placeBid(terms, standing, bid);
          if (!outcome.accepted) continue;
          accepted.push(bid);
          standing = outcome.standing;
        }
        const remaining = accepted.filter(({ bidder }) => bidder !== gone);
        const after = replay(terms, remaining);
        expect(after).toEqual(recomputed(terms, remaining));
        expect(after.leader).not.toBe(gone);
      }),
    );
  });
});

/**
 * The rules told anew, without a standing that is carried along: after each accepted bid, sort the
 * maxima, take the second, add its increment; the price is the highest of these.
 */
function recomputed(terms: BiddingTerms, accepted: readonly Bid[]): Standing {
  let price = terms.startPrice;
  let leaderBefore: string | undefined;
  for (let count = 1; count <= accepted.length; count++) {
    const [first, second] = ranked(accepted.slice(0, count));
    const isRaise = first!.bidder === leaderBefore && accepted[count - 1]!.bidder === leaderBefore;
    if (second && !(isRaise && terms.ownRaise === 'keepsPrice')) {
      const ordinary = second.maximum + incrementAt(second.maximum, terms.increments);
      price = Math.max(price, Math.min(first!.maximum, ordinary));
    }
    if (terms.reserve !== null) {
      if (first!.maximum >= terms.reserve) price = Math.max(price, terms.reserve);
      else if (terms.belowReserve === 'followsMaximum') price = Math.max(price, first!.maximum);
    }
    leaderBefore = first!.bidder;
  }
  const [first, second] = ranked(accepted);
  return {
    price,
    leader: first?.bidder ?? null,
    leaderMaximum: first?.maximum ?? null,
    runnerUpMaximum: second?.maximum ?? null,
  };
}

/** Each bidder's highest maximum, the highest first, and between equal ones the earlier. */
function ranked(bids: readonly Bid[]): Bid[] {
  const best = new Map<string, Bid & { at: number }>();
  bids.forEach((bid, at) => {
    if (bid.maximum > (best.get(bid.bidder)?.maximum ?? 0)) best.set(bid.bidder, { ...bid, at });
  });
  return [...best.values()].sort((a, b) => b.maximum - a.maximum || a.at - b.at);
}

const BIDDERS = ['anna', 'bruno', 'clara', 'dario'] as const;

/** Few bidders and close amounts, so that ties, raises and caps at a maximum are common. */
function auctions() {
  return fc.record({
    terms: fc.record({
      startPrice: fc.integer({ min: 1, max: 600 }),
      reserve: fc.option(fc.integer({ min: 1, max: 2_000 })),
      increments: fc.constantFrom(...Object.values(INCREMENT_TABLES)),
      ownRaise: fc.constantFrom<BiddingTerms['ownRaise']>('keepsPrice', 'completesIncrement'),
      belowReserve: fc.constantFrom<BiddingTerms['belowReserve']>('ordinary', 'followsMaximum'),
    }),
    bids: fc.array(
      fc.record({
        bidder: fc.constantFrom(...BIDDERS),
        maximum: fc.oneof(
          fc.integer({ min: 1, max: 3_000 }),
          fc.integer({ min: 1, max: 60 }).map((n) => n * 50),
        ),
      }),
      { minLength: 1, maxLength: 25 },
    ),
  });
}

function walk(
  vector: Vector,
  terms: BiddingTerms,
  expectation: (step: VectorStep) => VectorStep,
): void {
  let accepted: Bid[] = [];
  let standing = openingStanding(terms);
  for (const step of vector.steps) {
    const expected = expectation(step);
    if (step.action === 'retract') {
      accepted = accepted.filter(({ bidder }) => bidder !== step.bidder);
      standing = replay(terms, accepted);
    } else {
      const bid = { bidder: step.bidder, maximum: step.max! };
      const outcome = placeBid(terms, standing, bid);
      expect(outcome.accepted).toBe(expected.accepted);
      if (outcome.accepted) {
        standing = outcome.standing;
        accepted.push(bid);
      } else {
        expect(outcome.code).toBe(CODES[expected.reason!]);
      }
    }
    expect(standing).toMatchObject({ price: expected.price, leader: expected.leader });
    if (expected.nextMinBid !== undefined) {
      expect(minimumBid(terms, standing)).toBe(expected.nextMinBid);
    }
    if (expected.reserveMet !== undefined) {
      expect(reserveMet(terms, standing)).toBe(expected.reserveMet);
    }
  }
}

const termsOf = ({ startPrice, reserve, increments }: Vector): BiddingTerms => ({
  startPrice,
  reserve,
  increments: INCREMENT_TABLES[increments],
  ownRaise: 'keepsPrice',
  belowReserve: 'ordinary',
});

/** What a step leads to under the other reading; its own next minimum says nothing there. */
function otherwise(step: VectorStep, name: keyof typeof ALTERNATIVES): VectorStep {
  const alternative = step.alt?.[name];
  return alternative ? { ...step, nextMinBid: undefined, ...alternative } : step;
}

const alternativeOf = (vector: Vector, name: keyof typeof ALTERNATIVES) =>
  vector.steps.some(({ alt }) => alt?.[name]);
