import type pg from 'pg';
import type { LockedAuction } from './lock-auctions.ts';
import type { BidAnswer, BidRequest } from './request.ts';

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
  readonly answer: BidAnswer;
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
 * All that a batch needs besides its auctions, in one question. It is asked after the auctions are
 * locked: the same bid in another process has ended by now, and the accounts (of who bids and of who
 * leads) are locked after the auctions, in id order, by everyone.
 */
const CIRCUMSTANCES = `
SELECT (
  SELECT json_agg(known) FROM (
    SELECT bidder_id, idempotency_key, auction_id, maximum_minor, answer FROM bid
      JOIN unnest($1::text[], $2::text[]) AS asked (bidder_id, idempotency_key)
      USING (bidder_id, idempotency_key)
    UNION ALL
    SELECT bidder_id, idempotency_key, auction_id, maximum_minor, answer FROM bid_refusal
      JOIN unnest($1::text[], $2::text[]) AS asked (bidder_id, idempotency_key)
      USING (bidder_id, idempotency_key)
  ) AS known
) AS earlier, (
  SELECT json_agg(account) FROM (
    SELECT id, blocked_reason, spending_limit_minor, spending_currency, committed_minor
    FROM bidder WHERE id = ANY ($3) ORDER BY id FOR NO KEY UPDATE
  ) AS account
) AS accounts, (
  SELECT json_agg(admission) FROM (
    SELECT sale.id AS sale_id, asked.bidder_id, approval_required,
           coalesce(sale.deposit_minor, 0) AS deposit_required,
           coalesce(approved, false) AS approved,
           coalesce(sale_bidder.deposit_minor, 0) AS deposit
    FROM unnest($4::uuid[], $5::text[]) AS asked (sale_id, bidder_id)
    JOIN sale ON sale.id = asked.sale_id
    LEFT JOIN sale_bidder ON sale_bidder.sale_id = sale.id
                         AND sale_bidder.bidder_id = asked.bidder_id
  ) AS admission
) AS admissions, (
  SELECT json_agg(json_build_array(seller_id, bidder_id)) FROM seller_associate
    JOIN unnest($6::text[], $1::text[]) AS asked (seller_id, bidder_id)
    USING (seller_id, bidder_id)
) AS associates`;

interface Row {
  earlier:
    | {
        bidder_id: string;
        idempotency_key: string;
        auction_id: string;
        maximum_minor: number;
        answer: BidAnswer;
      }[]
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
  auctions: ReadonlyMap<string, LockedAuction>,
): Promise<Circumstances> {
  const bidders = requests.map(({ bidderId }) => bidderId);
  const leaders = [...auctions.values()].flatMap(({ standing }) => standing.leader ?? []);
  const inSales = requests.flatMap(({ auctionId, bidderId }) => {
    const saleId = auctions.get(auctionId)?.saleId;
    return saleId ? [{ saleId, bidderId }] : [];
  });
  const { rows } = await client.query<Row>({
    name: 'circumstances',
    text: CIRCUMSTANCES,
    values: [
      bidders,
      requests.map(({ idempotencyKey }) => idempotencyKey),
      [...new Set([...bidders, ...leaders])],
      inSales.map(({ saleId }) => saleId),
      inSales.map(({ bidderId }) => bidderId),
      requests.map(({ auctionId }) => auctions.get(auctionId)?.sellerId ?? ''),
    ],
  });
  return circumstancesOf(rows[0]!);
}

const circumstancesOf = (row: Row): Circumstances => ({
  earlier: new Map(
    (row.earlier ?? []).map((known) => [
      pairKey(known.bidder_id, known.idempotency_key),
      { auctionId: known.auction_id, maximumMinor: known.maximum_minor, answer: known.answer },
    ]),
  ),
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
