import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BidLane } from '../../src/services/bidding/lane/bid-lane.ts';
import { verifyLog } from '../../src/services/bidding/verify-log.ts';
import { Auction, BidEntry } from '../../src/database/entities/index.ts';
import { biddingTerms, STANDARD_POLICIES } from '../../src/domain/policy/policy.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';
import { sentStatements } from '../support/sent-statements.ts';

/** `GAVEL_MODEL_RUNS=10000 bin/test bid-model` for the long run. */
const SEQUENCES = Number(process.env.GAVEL_MODEL_RUNS ?? 1_000);
/** So many auctions share one burst, so that the run takes seconds and batches mix auctions. */
const AUCTIONS_AT_ONCE = 50;
const START = 1_000;
const STEP = 50;

let test: TestDatabase;
let rows: Rows;
let pools: pg.Pool[];
let sent: string[][];

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  pools = [test.openLanePool(), test.openLanePool()];
  sent = pools.map(sentStatements);
});
afterAll(() => test.drop());

/** Four bidders and more, who bid at the same time in two waves: the second finds lanes that remember. */
const sequence = fc.record({
  reserve: fc.option(fc.integer({ min: START, max: 4_000 }), { nil: null }),
  bids: fc.array(
    fc.record({
      bidder: fc.constantFrom('anna', 'bruno', 'clara', 'david', 'erika'),
      maximum: fc.integer({ min: 900, max: 5_000 }),
    }),
    { minLength: 4, maxLength: 14 },
  ),
});
type Sequence = typeof sequence extends fc.Arbitrary<infer T> ? T : never;

describe('concurrent bids', () => {
  it(`leave a log that a small independent model agrees with, in ${SEQUENCES} sequences`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(sequence, { minLength: AUCTIONS_AT_ONCE, maxLength: AUCTIONS_AT_ONCE }),
        fc.integer({ min: 1, max: 2 }),
        async (sequences, processes) => {
          const lanes = pools.slice(0, processes).map((pool) => new BidLane(pool));
          await Promise.all(sequences.map((each) => playAndCompare(each, lanes)));
        },
      ),
      // Shrinking would replay whole bursts: the failing auction is named by the assertion instead.
      { numRuns: Math.ceil(SEQUENCES / AUCTIONS_AT_ONCE), endOnFailure: true },
    );
    expect(sent.flat()).toContain('move remembered auctions: many');
  });
});

async function playAndCompare({ reserve, bids }: Sequence, lanes: BidLane[]): Promise<void> {
  const auctionId = await rows.auction({
    startPrice: START,
    reserve,
    policy: { increments: [{ from: 0, increment: STEP }], softClose: null },
  });
  const place = ({ bidder, maximum }: Sequence['bids'][number], i: number) =>
    lanes[i % lanes.length]!.place({
      auctionId,
      bidderId: bidder,
      maximumMinor: maximum,
      idempotencyKey: `${auctionId}-${i}`,
    });
  const half = Math.ceil(bids.length / 2);
  const wave = (from: number, to: number) =>
    Promise.all(bids.slice(from, to).map((bid, i) => place(bid, from + i)));
  const answers = [...(await wave(0, half)), ...(await wave(half, bids.length))];
  const { manager } = test.database;
  const auction = await manager.findOneByOrFail(Auction, { id: auctionId });
  const log = await manager.find(BidEntry, { where: { auctionId }, order: { sequence: 'ASC' } });

  expect(log).toHaveLength(answers.filter(({ accepted }) => accepted).length);
  const model = modelAfter(
    log.map(({ bidderId, maximumMinor }) => ({ bidder: bidderId, maximum: maximumMinor! })),
    reserve,
  );
  expect({ price: auction.priceMinor, leader: auction.leaderId }).toEqual(model);
  const terms = biddingTerms(
    { ...STANDARD_POLICIES.standard!, increments: [{ from: 0, increment: STEP }] },
    { startPrice: START, reserve },
  );
  expect(verifyLog(auction, terms, log)).toEqual([]);
}

/**
 * The model: no standing that moves along, but the price worked out anew after each bid from every
 * bidder's best maximum and its time. It must reject what the rules reject, by never being asked.
 */
function modelAfter(bids: { bidder: string; maximum: number }[], reserve: number | null) {
  let price = START;
  let leader: string | null = null;
  const best = new Map<string, { maximum: number; at: number }>();
  for (const [at, { bidder, maximum }] of bids.entries()) {
    const least = leader === null ? START : price + STEP;
    const raise = bidder === leader;
    if (raise ? maximum <= best.get(bidder)!.maximum : maximum < least) {
      throw new Error(`entry ${at + 1} should have been refused: ${maximum} at price ${price}`);
    }
    best.set(bidder, { maximum, at });
    const ranked = [...best].sort(([, a], [, b]) => b.maximum - a.maximum || a.at - b.at);
    const [top, second] = ranked;
    leader = top![0];
    const competition = second ? second[1].maximum + STEP : START;
    if (!raise) price = Math.max(price, Math.min(top![1].maximum, competition));
    if (reserve !== null && top![1].maximum >= reserve) price = Math.max(price, reserve);
  }
  return { price, leader };
}
