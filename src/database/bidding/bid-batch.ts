import type pg from 'pg';
import {
  minimumBid,
  placeBid,
  reserveMet,
  type BiddingTerms,
  type BidRefusalCode,
  type Standing,
} from '../../domain/bidding.ts';
import type { AuctionState } from '../../domain/lifecycles/auction.ts';
import { biddingTerms, softCloseOf } from '../../domain/policy.ts';
import { extendClosing, type SoftClose } from '../../domain/soft-close.ts';
import { policyVersion } from './policy-cache.ts';

export interface BidRequest {
  readonly auctionId: string;
  readonly bidderId: string;
  readonly maximumMinor: number;
  readonly idempotencyKey: string;
}

export type BidAnswer = AcceptedBid | RefusedBid;

export interface AcceptedBid {
  readonly accepted: true;
  readonly sequence: number;
  readonly priceMinor: number;
  /** Does the caller lead now? */
  readonly leading: boolean;
  readonly minimumBidMinor: number;
  readonly reserveMet: boolean;
  readonly closesAt: string;
  readonly placedAt: string;
}

export interface RefusedBid {
  readonly accepted: false;
  readonly code:
    | BidRefusalCode
    | 'auction_not_found'
    | 'auction_not_open'
    | 'auction_ended'
    | 'seller_may_not_bid'
    | 'idempotency_key_reused';
  /** What would have been accepted, where an amount is the trouble. */
  readonly minimumBidMinor?: number;
}

/** A batch is one transaction: lock its auctions in id order, answer in arrival order, write at once. */
export async function answerBatch(
  pool: pg.Pool,
  requests: readonly BidRequest[],
): Promise<BidAnswer[]> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const auctions = await lockAuctions(client, requests);
    const earlier = await earlierAnswers(client, requests);
    const results: Results = { bids: [], refusals: [] };
    const answers = requests.map((request) => answer(request, auctions, earlier, results));
    await write(client, results, auctions);
    await client.query('COMMIT');
    client.release();
    return answers;
  } catch (error) {
    // A broken connection is thrown away, and with it the transaction.
    await client.query('ROLLBACK').then(
      () => client.release(),
      () => client.release(true),
    );
    throw error;
  }
}

interface LockedAuction {
  readonly id: string;
  readonly sellerId: string;
  readonly state: AuctionState;
  readonly terms: BiddingTerms;
  readonly softClose: SoftClose | null;
  /** The database's clock, read once the lock was held: it alone judges the closing time. */
  readonly nowMs: number;
  standing: Standing;
  closesAtMs: number;
  extensions: number;
  sequence: number;
  changed: boolean;
}

interface Results {
  readonly bids: Placed<AcceptedBid>[];
  readonly refusals: Placed<RefusedBid>[];
}

interface Placed<Answer> {
  readonly request: BidRequest;
  readonly answer: Answer;
  readonly leader: string | null;
}

interface Earlier {
  readonly auctionId: string;
  readonly maximumMinor: number;
  readonly answer: BidAnswer;
}

const keyOf = ({ bidderId, idempotencyKey }: BidRequest) => `${bidderId}\n${idempotencyKey}`;

function answer(
  request: BidRequest,
  auctions: Map<string, LockedAuction>,
  earlier: Map<string, Earlier>,
  results: Results,
): BidAnswer {
  const before = earlier.get(keyOf(request));
  if (before) return repeat(request, before);
  const auction = auctions.get(request.auctionId);
  if (!auction) return { accepted: false, code: 'auction_not_found' };

  const given = judge(request, auction);
  const placed = { request, leader: auction.standing.leader };
  if (given.accepted) results.bids.push({ ...placed, answer: given });
  else results.refusals.push({ ...placed, answer: given });
  earlier.set(keyOf(request), { ...request, answer: given });
  return given;
}

function repeat(request: BidRequest, before: Earlier): BidAnswer {
  const same =
    before.auctionId === request.auctionId && before.maximumMinor === request.maximumMinor;
  return same ? before.answer : { accepted: false, code: 'idempotency_key_reused' };
}

function judge(request: BidRequest, auction: LockedAuction): BidAnswer {
  if (auction.state !== 'open') return { accepted: false, code: 'auction_not_open' };
  if (auction.nowMs >= auction.closesAtMs) return { accepted: false, code: 'auction_ended' }; // R12
  if (request.bidderId === auction.sellerId) return { accepted: false, code: 'seller_may_not_bid' }; // R11

  const { terms } = auction;
  const bid = { bidder: request.bidderId, maximum: request.maximumMinor };
  const outcome = placeBid(terms, auction.standing, bid);
  if (!outcome.accepted) {
    return { accepted: false, code: outcome.code, minimumBidMinor: outcome.minimumBid };
  }
  auction.standing = outcome.standing;
  Object.assign(auction, extendClosing(auction, auction.nowMs, auction.softClose));
  auction.sequence += 1;
  auction.changed = true;
  return {
    accepted: true,
    sequence: auction.sequence,
    priceMinor: outcome.standing.price,
    leading: outcome.standing.leader === request.bidderId,
    minimumBidMinor: minimumBid(terms, outcome.standing),
    reserveMet: reserveMet(terms, outcome.standing),
    closesAt: new Date(auction.closesAtMs).toISOString(),
    placedAt: new Date(auction.nowMs).toISOString(),
  };
}

/** FOR NO KEY UPDATE in id order: two processes never wait for each other in a circle. */
const LOCK = `
WITH locked AS MATERIALIZED (
  SELECT id, seller_id, policy_name, policy_version, state, start_price_minor, reserve_minor,
         closes_at, extensions, price_minor, leader_id, leader_maximum_minor,
         runner_up_maximum_minor, last_sequence
  FROM auction WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE
)
SELECT *, clock_timestamp() AS now FROM locked`;

interface AuctionRow {
  id: string;
  seller_id: string;
  policy_name: string;
  policy_version: number;
  state: AuctionState;
  start_price_minor: number;
  reserve_minor: number | null;
  closes_at: Date;
  extensions: number;
  price_minor: number;
  leader_id: string | null;
  leader_maximum_minor: number | null;
  runner_up_maximum_minor: number | null;
  last_sequence: number;
  now: Date;
}

async function lockAuctions(
  client: pg.PoolClient,
  requests: readonly BidRequest[],
): Promise<Map<string, LockedAuction>> {
  const ids = [...new Set(requests.map(({ auctionId }) => auctionId))];
  const { rows } = await client.query<AuctionRow>({ name: 'lock', text: LOCK, values: [ids] });
  const auctions = new Map<string, LockedAuction>();
  for (const row of rows) {
    const policy = await policyVersion(client, row.policy_name, row.policy_version);
    auctions.set(row.id, {
      id: row.id,
      sellerId: row.seller_id,
      state: row.state,
      terms: biddingTerms(policy, {
        startPrice: row.start_price_minor,
        reserve: row.reserve_minor,
      }),
      softClose: softCloseOf(policy),
      nowMs: row.now.getTime(),
      standing: {
        price: row.price_minor,
        leader: row.leader_id,
        leaderMaximum: row.leader_maximum_minor,
        runnerUpMaximum: row.runner_up_maximum_minor,
      },
      closesAtMs: row.closes_at.getTime(),
      extensions: row.extensions,
      sequence: row.last_sequence,
      changed: false,
    });
  }
  return auctions;
}

/** Asked after the locks are held, so that the same bid in another process has ended by now. */
const EARLIER = `
WITH asked AS (SELECT * FROM unnest($1::text[], $2::text[]) AS asked (bidder_id, idempotency_key))
SELECT bidder_id, idempotency_key, auction_id, maximum_minor, answer
  FROM bid JOIN asked USING (bidder_id, idempotency_key)
UNION ALL
SELECT bidder_id, idempotency_key, auction_id, maximum_minor, answer
  FROM bid_refusal JOIN asked USING (bidder_id, idempotency_key)`;

async function earlierAnswers(
  client: pg.PoolClient,
  requests: readonly BidRequest[],
): Promise<Map<string, Earlier>> {
  const { rows } = await client.query<{
    bidder_id: string;
    idempotency_key: string;
    auction_id: string;
    maximum_minor: number;
    answer: BidAnswer;
  }>({
    name: 'earlier',
    text: EARLIER,
    values: [
      requests.map(({ bidderId }) => bidderId),
      requests.map(({ idempotencyKey }) => idempotencyKey),
    ],
  });
  return new Map(
    rows.map((row) => [
      `${row.bidder_id}\n${row.idempotency_key}`,
      { auctionId: row.auction_id, maximumMinor: row.maximum_minor, answer: row.answer },
    ]),
  );
}

const WRITE = `
WITH bids AS (
  INSERT INTO bid (auction_id, sequence, kind, bidder_id, maximum_minor, idempotency_key, placed_at,
                   price_minor, leader_id, closes_at, answer)
  SELECT auction_id, sequence, 'bid', bidder_id, maximum_minor, idempotency_key, placed_at,
         price_minor, leader_id, closes_at, answer
  FROM unnest($1::uuid[], $2::int[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[],
              $7::bigint[], $8::text[], $9::timestamptz[], $10::jsonb[])
    AS b (auction_id, sequence, bidder_id, maximum_minor, idempotency_key, placed_at, price_minor,
          leader_id, closes_at, answer)
), refusals AS (
  INSERT INTO bid_refusal (bidder_id, idempotency_key, auction_id, maximum_minor, refused_at, answer)
  SELECT bidder_id, idempotency_key, auction_id, maximum_minor, clock_timestamp(), answer
  FROM unnest($11::text[], $12::text[], $13::uuid[], $14::bigint[], $15::jsonb[])
    AS r (bidder_id, idempotency_key, auction_id, maximum_minor, answer)
)
UPDATE auction
   SET price_minor = a.price_minor, leader_id = a.leader_id,
       leader_maximum_minor = a.leader_maximum_minor,
       runner_up_maximum_minor = a.runner_up_maximum_minor,
       closes_at = a.closes_at, extensions = a.extensions, last_sequence = a.last_sequence
  FROM unnest($16::uuid[], $17::bigint[], $18::text[], $19::bigint[], $20::bigint[],
              $21::timestamptz[], $22::int[], $23::int[])
    AS a (id, price_minor, leader_id, leader_maximum_minor, runner_up_maximum_minor, closes_at,
          extensions, last_sequence)
 WHERE auction.id = a.id`;

async function write(
  client: pg.PoolClient,
  { bids, refusals }: Results,
  auctions: Map<string, LockedAuction>,
): Promise<void> {
  if (bids.length + refusals.length === 0) return;
  const changed = [...auctions.values()].filter((auction) => auction.changed);
  const values = [
    ...[
      bids.map(({ request }) => request.auctionId),
      bids.map(({ answer }) => answer.sequence),
      bids.map(({ request }) => request.bidderId),
      bids.map(({ request }) => request.maximumMinor),
      bids.map(({ request }) => request.idempotencyKey),
      bids.map(({ answer }) => answer.placedAt),
      bids.map(({ answer }) => answer.priceMinor),
      bids.map(({ leader }) => leader),
      bids.map(({ answer }) => answer.closesAt),
      bids.map(({ answer }) => JSON.stringify(answer)),
    ],
    ...[
      refusals.map(({ request }) => request.bidderId),
      refusals.map(({ request }) => request.idempotencyKey),
      refusals.map(({ request }) => request.auctionId),
      refusals.map(({ request }) => request.maximumMinor),
      refusals.map(({ answer }) => JSON.stringify(answer)),
    ],
    ...[
      changed.map(({ id }) => id),
      changed.map(({ standing }) => standing.price),
      changed.map(({ standing }) => standing.leader),
      changed.map(({ standing }) => standing.leaderMaximum),
      changed.map(({ standing }) => standing.runnerUpMaximum),
      changed.map(({ closesAtMs }) => new Date(closesAtMs).toISOString()),
      changed.map(({ extensions }) => extensions),
      changed.map(({ sequence }) => sequence),
    ],
  ];
  await client.query({ name: 'write', text: WRITE, values });
}
