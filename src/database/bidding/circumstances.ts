import type pg from 'pg';
import { texts, uuids } from './columns.ts';
import type { BidRequest, PlacedBid, RefusedBid } from './request.ts';

/** A bidder about whom the house has decided something. Amounts are minor units of its currency. */
export interface Account {
  readonly id: string;
  readonly blockedReason: string | null;
  readonly spendingLimitMinor: number | null;
  readonly spendingCurrency: string | null;
  /** The maxima with which the bidder leads; kept up while the batch is answered. */
  committedMinor: number;
  changed: boolean;
}

/** What a sale asks of a bidder, and what this bidder has. */
export interface Admission {
  readonly approvalRequired: boolean;
  readonly approved: boolean;
  readonly depositRequiredMinor: number;
  readonly depositMinor: number;
}

/** An answer that a request got before, in this batch or an earlier one. */
export interface Earlier {
  readonly auctionId: string;
  readonly maximumMinor: number;
  readonly answer: PlacedBid | RefusedBid;
}

export interface Circumstances {
  readonly earlier: Map<string, Earlier>;
  readonly accounts: ReadonlyMap<string, Account>;
  /** By pairKey(sale, bidder), for auctions of sales. */
  readonly admissions: ReadonlyMap<string, Admission>;
  /** pairKey(seller, bidder) of those who belong to a seller. */
  readonly associates: ReadonlySet<string>;
}

export const pairKey = (first: string, second: string): string => `${first}\n${second}`;
export const requestKey = ({ bidderId, idempotencyKey }: BidRequest): string =>
  pairKey(bidderId, idempotencyKey);

/**
 * All that a batch needs besides its auctions, in one question. It is asked once they are locked, so
 * the same bid in another process has ended by now, and whoever leads is who will; it may be sent with
 * the lock, as it finds its leaders and sales itself. The accounts (of who bids and of who leads) are
 * locked after the auctions, in id order, by everyone.
 */
const CIRCUMSTANCES = `
WITH asked AS MATERIALIZED (
  SELECT bidder_id, idempotency_key, leader_id, seller_id, sale_id
  FROM unnest($1::uuid[], $2::text[], $3::text[]) AS a (auction_id, bidder_id, idempotency_key)
  LEFT JOIN auction ON auction.id = auction_id
)
SELECT (
  SELECT json_agg(known) FROM (
    SELECT bidder_id, idempotency_key, auction_id, maximum_minor, sequence, price_minor,
           coalesce(leader_id = bidder_id, false) AS leading, reserve_met,
           (extract(epoch FROM closes_at) * 1000)::bigint AS closes_at_ms,
           (extract(epoch FROM placed_at) * 1000)::bigint AS placed_at_ms
    FROM bid WHERE (bidder_id, idempotency_key) IN (SELECT bidder_id, idempotency_key FROM asked)
  ) AS known
) AS placed, (
  SELECT json_agg(known) FROM (
    SELECT bidder_id, idempotency_key, auction_id, maximum_minor, code, minimum_bid_minor,
           maximum_bid_minor
    FROM bid_refusal
    WHERE (bidder_id, idempotency_key) IN (SELECT bidder_id, idempotency_key FROM asked)
  ) AS known
) AS refused, (
  SELECT json_agg(account) FROM (
    SELECT id, blocked_reason, spending_limit_minor, spending_currency, committed_minor
    FROM bidder WHERE id IN (SELECT bidder_id FROM asked UNION SELECT leader_id FROM asked)
    ORDER BY id FOR NO KEY UPDATE
  ) AS account
) AS accounts, (
  SELECT json_agg(admission) FROM (
    SELECT sale.id AS sale_id, asked.bidder_id, approval_required,
           coalesce(sale.deposit_minor, 0) AS deposit_required,
           coalesce(approved, false) AS approved,
           coalesce(sale_bidder.deposit_minor, 0) AS deposit
    FROM asked JOIN sale ON sale.id = sale_id
    LEFT JOIN sale_bidder ON sale_bidder.sale_id = sale.id
                         AND sale_bidder.bidder_id = asked.bidder_id
  ) AS admission
) AS admissions, (
  SELECT json_agg(json_build_array(seller_id, bidder_id))
  FROM asked JOIN seller_associate USING (seller_id, bidder_id)
) AS associates`;

interface AskedBefore {
  bidder_id: string;
  idempotency_key: string;
  auction_id: string;
  maximum_minor: number;
}

interface Row {
  placed:
    | (AskedBefore & {
        sequence: number;
        price_minor: number;
        leading: boolean;
        reserve_met: boolean;
        closes_at_ms: number;
        placed_at_ms: number;
      })[]
    | null;
  refused:
    | (AskedBefore & {
        code: RefusedBid['code'];
        minimum_bid_minor: number | null;
        maximum_bid_minor: number | null;
      })[]
    | null;
  accounts:
    | {
        id: string;
        blocked_reason: string | null;
        spending_limit_minor: number | null;
        spending_currency: string | null;
        committed_minor: number;
      }[]
    | null;
  admissions:
    | {
        sale_id: string;
        bidder_id: string;
        approval_required: boolean;
        approved: boolean;
        deposit_required: number;
        deposit: number;
      }[]
    | null;
  associates: [string, string][] | null;
}

export async function readCircumstances(
  client: pg.ClientBase,
  requests: readonly BidRequest[],
): Promise<Circumstances> {
  const { rows } = await client.query<Row>({
    name: 'circumstances',
    text: CIRCUMSTANCES,
    values: [
      uuids(requests.map(({ auctionId }) => auctionId)),
      texts(requests.map(({ bidderId }) => bidderId)),
      texts(requests.map(({ idempotencyKey }) => idempotencyKey)),
    ],
  });
  return circumstancesOf(rows[0]!);
}

const circumstancesOf = (row: Row): Circumstances => ({
  earlier: new Map([
    ...(row.placed ?? []).map((known) => [keyOf(known), earlier(known, placedBid(known))] as const),
    ...(row.refused ?? []).map(
      (known) => [keyOf(known), earlier(known, refusedBid(known))] as const,
    ),
  ]),
  accounts: new Map(
    (row.accounts ?? []).map((account) => [
      account.id,
      {
        id: account.id,
        blockedReason: account.blocked_reason,
        spendingLimitMinor: account.spending_limit_minor,
        spendingCurrency: account.spending_currency,
        committedMinor: account.committed_minor,
        changed: false,
      },
    ]),
  ),
  admissions: new Map(
    (row.admissions ?? []).map((admission) => [
      pairKey(admission.sale_id, admission.bidder_id),
      {
        approvalRequired: admission.approval_required,
        approved: admission.approved,
        depositRequiredMinor: admission.deposit_required,
        depositMinor: admission.deposit,
      },
    ]),
  ),
  associates: new Set((row.associates ?? []).map(([seller, bidder]) => pairKey(seller, bidder))),
});

const keyOf = ({ bidder_id, idempotency_key }: AskedBefore) => pairKey(bidder_id, idempotency_key);

const earlier = (
  { auction_id, maximum_minor }: AskedBefore,
  answer: PlacedBid | RefusedBid,
): Earlier => ({ auctionId: auction_id, maximumMinor: maximum_minor, answer });

const placedBid = (known: NonNullable<Row['placed']>[number]): PlacedBid => ({
  accepted: true,
  sequence: known.sequence,
  priceMinor: known.price_minor,
  leading: known.leading,
  reserveMet: known.reserve_met,
  closesAt: new Date(known.closes_at_ms).toISOString(),
  placedAt: new Date(known.placed_at_ms).toISOString(),
});

const refusedBid = (known: NonNullable<Row['refused']>[number]): RefusedBid => ({
  accepted: false,
  code: known.code,
  ...(known.minimum_bid_minor !== null && { minimumBidMinor: known.minimum_bid_minor }),
  ...(known.maximum_bid_minor !== null && { maximumBidMinor: known.maximum_bid_minor }),
});
