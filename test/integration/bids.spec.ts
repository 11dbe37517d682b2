import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BidLane } from '../../src/services/bidding/lane/bid-lane.ts';
import { bidLog } from '../../src/services/bidding/bid-log.ts';
import type { BidAnswer, BidRequest } from '../../src/services/bidding/lane/request.ts';
import { ChangeRefused } from '../../src/database/change-state.ts';
import { standingAfter } from '../../src/domain/bidding/bid-log.ts';
import { biddingTerms, type Policy } from '../../src/domain/policy/policy.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Operator } from '../support/operator.ts';
import { Rows } from '../support/rows.ts';
import { sharedVectors, type Vector, type VectorStep } from '../support/vectors.ts';

const CODES = {
  BELOW_MIN_INCREMENT: 'bid_too_low',
  BELOW_START: 'bid_below_start',
  NOT_ABOVE_OWN_MAX: 'not_above_own_maximum',
} as const;

let test: TestDatabase;
let rows: Rows;
let operator: Operator;
let lane: BidLane;
let keys = 0;

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  operator = new Operator(test);
  lane = new BidLane(test.openLanePool());
});
afterAll(() => test.drop());

/** What comes within one turn of the event loop shares a batch. */
const inOneBatch = (requests: readonly BidRequest[]) =>
  Promise.all(requests.map((request) => lane.place(request)));

const vectors = sharedVectors();

describe.skipIf(vectors.length === 0)('the shared vectors, on PostgreSQL', () => {
  it.each(vectors)('one bid at a time, $id: $title', async (vector) => {
    const auctionId = await auctionOf(vector);
    for (const step of vector.steps) await take(auctionId, step);
    await expectLogAndStandingToAgree(auctionId);
  });

  it('all of them in one batch, with the same answers', async () => {
    // Retractions are no bids: a vector goes as far as its first.
    const plans = vectors.map((vector) => ({ vector, bids: bidsBeforeRetraction(vector) }));
    const alone: BidAnswer[][] = [];
    const together: BidRequest[][] = [];
    for (const { vector, bids } of plans) {
      const auctionId = await auctionOf(vector);
      const answers: BidAnswer[] = [];
      for (const step of bids) answers.push(await lane.place(bid(auctionId, step)));
      alone.push(answers);
      const another = await auctionOf(vector);
      together.push(bids.map((step) => bid(another, step)));
    }
    const interleaved = roundRobin(together);

    const answers = await inOneBatch(interleaved);

    const answerTo = new Map(interleaved.map((request, i) => [request, answers[i]!]));
    const regrouped = together.map((requests) =>
      requests.map((request) => timeless(answerTo.get(request)!)),
    );
    expect(regrouped).toEqual(alone.map((given) => given.map(timeless)));
  });
});

describe('a repeated bid', () => {
  it('gets the first answer, in the same batch and in later ones, and counts once', async () => {
    const auctionId = await rows.auction();
    const request = bid(auctionId, { bidder: 'anna', max: 5_000 });
    const raised = bid(auctionId, { bidder: 'bruno', max: 9_000 });

    const [first, again, other] = await inOneBatch([request, request, raised]);
    const later = await lane.place(request);

    expect(first).toMatchObject({ accepted: true, sequence: 1, leading: true });
    expect(again).toEqual(first);
    expect(later).toEqual(first);
    expect(other).toMatchObject({ accepted: true, sequence: 2 });
    expect(await logOf(auctionId)).toHaveLength(2);
  });

  it('that was refused is refused again, although it would be accepted now', async () => {
    const auctionId = await rows.auction();
    await lane.place(bid(auctionId, { bidder: 'anna', max: 5_000 }));
    const leading = bid(auctionId, { bidder: 'bruno', max: 1_010 });
    const refused = await lane.place(leading);
    await operator.retract(auctionId, 'anna');

    expect(refused).toMatchObject({ accepted: false, code: 'bid_too_low', minimumBidMinor: 1_050 });
    expect(await lane.place(leading)).toEqual(refused);
  });

  it('with another amount or auction under its key is refused, in the same batch and later', async () => {
    const [auctionId, another] = [await rows.auction(), await rows.auction()];
    const request = bid(auctionId, { bidder: 'anna', max: 5_000 });
    const reused = { accepted: false, code: 'idempotency_key_reused' };

    const answers = await inOneBatch([request, { ...request, maximumMinor: 6_000 }]);

    expect(answers[1]).toEqual(reused);
    expect(await lane.place({ ...request, maximumMinor: 6_000 })).toEqual(reused);
    expect(await lane.place({ ...request, auctionId: another })).toEqual(reused);
  });

  it('may carry the key of another bidder', async () => {
    const auctionId = await rows.auction();
    const anna = bid(auctionId, { bidder: 'anna', max: 5_000 });
    const answers = await inOneBatch([anna, { ...anna, bidderId: 'bruno' }]);
    expect(answers.map(({ accepted }) => accepted)).toEqual([true, true]);
  });

  it('that comes to two processes at once counts once', async () => {
    const lanes = [new BidLane(test.openLanePool()), new BidLane(test.openLanePool())];
    for (let round = 0; round < 20; round++) {
      const auctionId = await rows.auction();
      const request = bid(auctionId, { bidder: 'anna', max: 5_000 });
      const [one, other] = await Promise.all(lanes.map((each) => each.place(request)));
      expect(one).toMatchObject({ accepted: true, sequence: 1 });
      expect(other).toEqual(one);
    }
  });

  it('that comes for two auctions to two processes at once is accepted for one of them', async () => {
    const lanes = [new BidLane(test.openLanePool()), new BidLane(test.openLanePool())];
    for (let round = 0; round < 20; round++) {
      const request = bid(await rows.auction(), { bidder: 'anna', max: 5_000 });
      const another = { ...request, auctionId: await rows.auction() };
      const answers = await Promise.all([lanes[0]!.place(request), lanes[1]!.place(another)]);
      expect(answers.filter(({ accepted }) => accepted)).toHaveLength(1);
      expect(answers).toContainEqual({ accepted: false, code: 'idempotency_key_reused' });
    }
  });
});

describe('a bid that the database cannot take', () => {
  it.each([
    ['a NUL character in the bidder’s id', { bidderId: 'anna\0' }],
    ['an amount that is no integer', { maximumMinor: 0.5 }],
    ['an auction id that is none', { auctionId: 'auction' }],
  ])('does not fail its neighbours: %s', async (_, fault) => {
    const auctionId = await rows.auction();
    const place = (bidder: string, max: number) => lane.place(bid(auctionId, { bidder, max }));
    const bids = [
      place('anna', 2_000), // They come in one turn, and so form one batch.
      place('bruno', 3_000),
      lane.place({ ...bid(auctionId, { bidder: 'clara', max: 4_000 }), ...fault }),
      place('dario', 5_000),
    ];

    const outcomes = await Promise.allSettled(bids);

    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect((await logOf(auctionId)).map(({ bidderId }) => bidderId)).toEqual([
      'anna',
      'bruno',
      'dario',
    ]);
    await expectLogAndStandingToAgree(auctionId);
  });
});

describe('two processes that take bids on the same auctions', () => {
  it('leave a sequence without gaps, and the standing that a replay of the log gives', async () => {
    const auctions = await Promise.all(
      Array.from({ length: 6 }, () => rows.auction({ reserve: 20_000 })),
    );
    const lanes = [new BidLane(test.openLanePool()), new BidLane(test.openLanePool())];
    const drawn = pseudoRandom(7);
    const requests = Array.from({ length: 1_200 }, (_, i) =>
      bid(auctions[drawn(auctions.length)]!, {
        bidder: `bidder-${drawn(5)}`,
        max: 1_000 + i * 100 + drawn(20_000),
      }),
    );

    const answers = await Promise.all(requests.map((request, i) => lanes[i % 2]!.place(request)));

    for (const auctionId of auctions) {
      await expectLogAndStandingToAgree(auctionId);
      const log = await logOf(auctionId);
      const accepted = answers.flatMap((answer, i) =>
        answer.accepted && requests[i]!.auctionId === auctionId
          ? [{ sequence: answer.sequence, maximumMinor: requests[i]!.maximumMinor }]
          : [],
      );
      expect(accepted.length).toBeGreaterThan(20);
      expect(log.map(({ sequence, maximumMinor }) => ({ sequence, maximumMinor }))).toEqual(
        accepted.sort((a, b) => a.sequence - b.sequence),
      );
    }
  });
});

describe('the terms of an auction', () => {
  it.each(['reserve_minor = 1', 'currency = $$USD$$', 'seller_id = $$another$$'])(
    'cannot be changed, by hand neither: %s',
    async (change) => {
      const auctionId = await rows.auction({ reserve: 20_000 });

      const update = test.pool.query(`UPDATE auction SET ${change} WHERE id = $1`, [auctionId]);

      await expect(update).rejects.toThrow(`the terms of auction ${auctionId} stay`);
    },
  );
});

describe('the closing time', () => {
  it('is the database’s: a bid at or after it is refused, though nobody has closed the auction', async () => {
    const auctionId = await rows.auction({ closesInMs: 0 });
    expect(await lane.place(bid(auctionId, { bidder: 'anna', max: 5_000 }))).toEqual({
      accepted: false,
      code: 'auction_ended',
    });
  });

  it('moves for a bid in the last moments, and stays for one before', async () => {
    const last = await rows.auction({ closesInMs: 60_000 });
    const early = await rows.auction({ closesInMs: 3_600_000 });
    const [lastBid, earlyBid] = await inOneBatch([
      bid(last, { bidder: 'anna', max: 5_000 }),
      bid(early, { bidder: 'anna', max: 5_000 }),
    ]);

    expect(leftAfter(lastBid!)).toBe(120_000);
    expect(leftAfter(earlyBid!)).toBeGreaterThan(3_500_000);
    expect(await auctionRow(last)).toMatchObject({ extensions: 1 });
    expect(await auctionRow(early)).toMatchObject({ extensions: 0 });
  });
});

describe('who and what is refused', () => {
  it('the seller', async () => {
    const auctionId = await rows.auction({ sellerId: 'sara' });
    const answer = await lane.place(bid(auctionId, { bidder: 'sara', max: 5_000 }));
    expect(answer).toEqual({ accepted: false, code: 'seller_may_not_bid' });
  });

  it.each(['draft', 'scheduled', 'paused', 'closed', 'cancelled'])(
    'whoever bids on an auction that is %s',
    async (state) => {
      const auctionId = await rows.auction({ state });
      const answer = await lane.place(bid(auctionId, { bidder: 'anna', max: 5_000 }));
      expect(answer).toEqual({ accepted: false, code: 'auction_not_open' });
    },
  );

  it('an auction that there is not', async () => {
    const nowhere = '0197f3a0-0000-7000-8000-000000000000';
    const answer = await lane.place(bid(nowhere, { bidder: 'anna', max: 5_000 }));
    expect(answer).toEqual({ accepted: false, code: 'auction_not_found' });
  });
});

describe('a retraction', () => {
  it('lowers the price to what the others would have made it, and is in the log', async () => {
    const auctionId = await rows.auction();
    await lane.place(bid(auctionId, { bidder: 'anna', max: 3_000 }));
    await lane.place(bid(auctionId, { bidder: 'bruno', max: 10_000 }));

    await operator.retract(auctionId, 'bruno');

    expect(await auctionRow(auctionId)).toMatchObject({ price_minor: 1_000, leader_id: 'anna' });
    expect((await logOf(auctionId)).at(-1)).toMatchObject({
      sequence: 3,
      kind: 'retraction',
      bidderId: 'bruno',
      priceMinor: 1_000,
    });
    await expectLogAndStandingToAgree(auctionId);
  });

  it('does not keep the bidder from bidding again', async () => {
    const auctionId = await rows.auction();
    await lane.place(bid(auctionId, { bidder: 'anna', max: 3_000 }));
    await operator.retract(auctionId, 'anna');
    const answer = await lane.place(bid(auctionId, { bidder: 'anna', max: 1_000 }));
    expect(answer).toMatchObject({ accepted: true, sequence: 3, priceMinor: 1_000 });
    await expectLogAndStandingToAgree(auctionId);
  });

  it('of somebody who has not bid, or has retracted already, is refused', async () => {
    const auctionId = await rows.auction();
    await lane.place(bid(auctionId, { bidder: 'anna', max: 3_000 }));
    await operator.retract(auctionId, 'anna');
    await expect(operator.retract(auctionId, 'bruno')).rejects.toThrow(ChangeRefused);
    await expect(operator.retract(auctionId, 'anna')).rejects.toThrow('anna has no bid here');
  });

  it('is refused once the auction has ended', async () => {
    const auctionId = await rows.auction();
    await lane.place(bid(auctionId, { bidder: 'anna', max: 3_000 }));
    await test.pool.query('UPDATE auction SET closes_at = clock_timestamp() WHERE id = $1', [
      auctionId,
    ]);
    await expect(operator.retract(auctionId, 'anna')).rejects.toThrow(ChangeRefused);
  });

  it('and bids at the same time leave a log that a replay agrees with', async () => {
    const auctionId = await rows.auction();
    await lane.place(bid(auctionId, { bidder: 'anna', max: 3_000 }));
    await Promise.all([
      ...Array.from({ length: 40 }, (_, i) =>
        lane.place(bid(auctionId, { bidder: i % 2 ? 'bruno' : 'clara', max: 4_000 + i * 500 })),
      ),
      operator.retract(auctionId, 'anna'),
    ]);
    await expectLogAndStandingToAgree(auctionId);
  });
});

/** The log and the auction's row tell the same: no gap, and the standing that a replay gives. */
async function expectLogAndStandingToAgree(auctionId: string): Promise<void> {
  const log = await logOf(auctionId);
  expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_, i) => i + 1));
  const row = await auctionRow(auctionId);
  const standing = standingAfter(
    biddingTerms(row.policy, { startPrice: row.start_price_minor, reserve: row.reserve_minor }),
    await bidLog(test.database.manager, auctionId),
  );
  expect(row).toMatchObject({
    last_sequence: log.length,
    price_minor: standing.price,
    leader_id: standing.leader,
    leader_maximum_minor: standing.leaderMaximum,
    runner_up_maximum_minor: standing.runnerUpMaximum,
  });
}

async function take(auctionId: string, step: VectorStep): Promise<void> {
  if (step.action === 'retract') {
    const { minimumBidMinor } = await operator.retract(auctionId, step.bidder);
    if (step.nextMinBid !== undefined) expect(minimumBidMinor).toBe(step.nextMinBid);
  } else {
    const answer = await lane.place(bid(auctionId, step));
    expect(answer.accepted).toBe(step.accepted);
    if (answer.accepted) {
      expect(answer.priceMinor).toBe(step.price);
      expect(answer.leading).toBe(step.leader === step.bidder);
      if (step.nextMinBid !== undefined) expect(answer.minimumBidMinor).toBe(step.nextMinBid);
      if (step.reserveMet !== undefined) expect(answer.reserveMet).toBe(step.reserveMet);
    } else {
      expect(answer.code).toBe(CODES[step.reason!]);
    }
  }
  const found = await auctionRow(auctionId);
  expect(found).toMatchObject({ price_minor: step.price, leader_id: step.leader });
}

const auctionOf = ({ startPrice, reserve, increments }: Vector) =>
  rows.auction({ startPrice, reserve, policy: { increments } });

function bid(auctionId: string, { bidder, max }: { bidder: string; max?: number }): BidRequest {
  return { auctionId, bidderId: bidder, maximumMinor: max!, idempotencyKey: `key-${++keys}` };
}

async function auctionRow(auctionId: string) {
  const { rows: found } = await test.pool.query<{
    start_price_minor: number;
    reserve_minor: number | null;
    policy: Policy;
  }>(
    `SELECT auction.*, document AS policy FROM auction
     JOIN policy ON name = policy_name AND version = policy_version WHERE id = $1`,
    [auctionId],
  );
  return found[0]!;
}

async function logOf(auctionId: string) {
  const { rows: log } = await test.pool.query<{
    sequence: number;
    kind: string;
    bidderId: string;
    maximumMinor: number | null;
    priceMinor: number;
  }>(
    `SELECT sequence, kind, bidder_id AS "bidderId", maximum_minor AS "maximumMinor",
            price_minor AS "priceMinor"
     FROM bid WHERE auction_id = $1 ORDER BY sequence`,
    [auctionId],
  );
  return log;
}

function bidsBeforeRetraction({ steps }: Vector): readonly VectorStep[] {
  const retraction = steps.findIndex(({ action }) => action === 'retract');
  return retraction < 0 ? steps : steps.slice(0, retraction);
}

/** The first of each, then the second of each, and so on. */
function roundRobin<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) =>
    lists.flatMap((list) => list.slice(i, i + 1)),
  ).flat();
}

/** An answer without its moments, which differ from run to run. */
function timeless(answer: BidAnswer): BidAnswer {
  return answer.accepted ? { ...answer, closesAt: '', placedAt: '' } : answer;
}

function leftAfter(answer: BidAnswer): number {
  if (!answer.accepted) throw new Error(`refused: ${answer.code}`);
  return Date.parse(answer.closesAt) - Date.parse(answer.placedAt);
}

/** The same numbers in every run. */
function pseudoRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}
