import type pg from 'pg';
import { arrayOf, text, uuid } from '../../../database/lanes/columns.ts';
import { rowsOf } from '../../../database/lanes/row-statement.ts';
import {
  integerOrNull,
  run,
  type Row,
  type Statement,
} from '../../../database/lanes/statements.ts';
import type { BatchAuction } from './lock-auctions.ts';
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

/** What a bidder has of what a sale asks. */
export interface Admission {
  readonly approved: boolean;
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
  /** By pairKey(sale, bidder), for sales that ask something. */
  readonly admissions: ReadonlyMap<string, Admission>;
  /** pairKey(seller, bidder) of those who belong to a seller. */
  readonly associates: ReadonlySet<string>;
  /** Who is blocked, has a limit, or belongs to any seller. */
  readonly decidedAbout: ReadonlySet<string>;
}

/** Of bidders and sales about whom the house has decided nothing. */
export const nothingDecided = (): Circumstances => ({
  earlier: new Map(),
  accounts: new Map(),
  admissions: new Map(),
  associates: new Set(),
  decidedAbout: new Set(),
});

export const pairKey = (first: string, second: string): string => `${first}\n${second}`;
export const requestKey = ({ bidderId, idempotencyKey }: BidRequest): string =>
  pairKey(bidderId, idempotencyKey);

/**
 * Most of what a batch needs besides its auctions. It is asked once they are locked, so the same bid in
 * another process has ended by now, and whoever leads is who will; it may be sent with the lock, as it
 * finds the leaders itself.
 */
export function readCircumstances(
  requests: readonly BidRequest[],
  auctionIds: Buffer,
): Statement[] {
  const bidders = arrayOf(text, biddersOf(requests));
  return [
    { name: 'earlier answers', text: EARLIER, values: keysOf(requests) },
    { name: 'accounts', text: ACCOUNTS, values: [auctionIds, bidders] },
    { name: 'associates', text: ASSOCIATES, values: [bidders] },
  ];
}

/** With the admissions, which few sales ask for: then they cost a question more. */
export async function circumstancesOf(
  [earlier, accounts, associates]: readonly Row[][],
  {
    requests,
    auctions,
    client,
  }: {
    readonly requests: readonly BidRequest[];
    readonly auctions: ReadonlyMap<string, BatchAuction>;
    readonly client: pg.ClientBase;
  },
): Promise<Circumstances> {
  const sales = distinct([...auctions.values()].flatMap(({ asked }) => asked?.saleId ?? []));
  const [admissions] =
    sales.length > 0 ? await run(client, [readAdmissions(sales, biddersOf(requests))]) : [[]];
  const pairs = associates as AssociateRow[];
  const known = (accounts as AccountRow[]).map(accountOf);
  return {
    earlier: new Map((earlier as EarlierRow[]).map(earlierOf)),
    accounts: new Map(known.map((account) => [account.id, account])),
    admissions: new Map((admissions as AdmissionRow[]).map(admissionOf)),
    associates: new Set(pairs.map((pair) => pairKey(...pair))),
    decidedAbout: new Set([
      ...known.filter(isBlockedOrLimited).map(({ id }) => id),
      ...pairs.map(([, bidder]) => bidder),
    ]),
  };
}

/** The bidder and the key of each, as two arrays; see keyRows(). */
export const keysOf = (requests: readonly BidRequest[]): [bidders: Buffer, keys: Buffer] => [
  arrayOf(
    text,
    requests.map(({ bidderId }) => bidderId),
  ),
  arrayOf(
    text,
    requests.map(({ idempotencyKey }) => idempotencyKey),
  ),
];

/** What keysOf() gives, as rows; the parameters, by their numbers. */
export const keyRows = (bidders: number, keys: number): string =>
  `${rowsOf([`$${bidders}::text[]`, `$${keys}::text[]`])} AS asked (bidder_id, idempotency_key)`;

const isBlockedOrLimited = ({ blockedReason, spendingLimitMinor }: Account): boolean =>
  blockedReason !== null || spendingLimitMinor !== null;

const biddersOf = (requests: readonly BidRequest[]) =>
  distinct(requests.map(({ bidderId }) => bidderId));

export const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

const EARLIER = `
SELECT asked.bidder_id, asked.idempotency_key, coalesce(bid.auction_id, refusal.auction_id),
       coalesce(bid.maximum_minor, refusal.maximum_minor), bid.sequence, bid.price_minor,
       bid.leader_id, bid.reserve_met, round(date_part('epoch', bid.closes_at) * 1000),
       round(date_part('epoch', bid.placed_at) * 1000),
       refusal.code, refusal.minimum_bid_minor, refusal.maximum_bid_minor
FROM ${keyRows(1, 2)}
LEFT JOIN bid USING (bidder_id, idempotency_key)
LEFT JOIN bid_refusal AS refusal USING (bidder_id, idempotency_key)
WHERE bid.sequence IS NOT NULL OR refusal.code IS NOT NULL`;

type EarlierRow = [
  bidderId: string,
  idempotencyKey: string,
  auctionId: string,
  maximumMinor: string,
  sequence: string | null,
  priceMinor: string | null,
  leaderId: string | null,
  reserveMet: 't' | 'f' | null,
  closesAtMs: string | null,
  placedAtMs: string | null,
  code: RefusedBid['code'] | null,
  minimumBidMinor: string | null,
  maximumBidMinor: string | null,
];

function earlierOf(row: EarlierRow): [string, Earlier] {
  const [bidderId, idempotencyKey, auctionId, maximumMinor, sequence] = row;
  return [
    pairKey(bidderId, idempotencyKey),
    {
      auctionId,
      maximumMinor: Number(maximumMinor),
      answer: sequence === null ? refusedBid(row) : placedBid(row),
    },
  ];
}

function placedBid(row: EarlierRow): PlacedBid {
  const [bidder, , , , sequence, price, leader, reserveMet, closesAtMs, placedAtMs] = row;
  return {
    accepted: true,
    sequence: Number(sequence),
    priceMinor: Number(price),
    leading: leader === bidder,
    reserveMet: reserveMet === 't',
    closesAt: new Date(Number(closesAtMs)).toISOString(),
    placedAt: new Date(Number(placedAtMs)).toISOString(),
  };
}

function refusedBid(row: EarlierRow): RefusedBid {
  const [, , , , , , , , , , code, minimum, maximum] = row;
  return {
    accepted: false,
    code: code!,
    ...(minimum !== null && { minimumBidMinor: Number(minimum) }),
    ...(maximum !== null && { maximumBidMinor: Number(maximum) }),
  };
}

/**
 * Of who bids and, where anybody has a spending limit, of who leads: a bid may free what is committed.
 * Locked after the auctions, in id order, by everyone. No limit is set while a batch holds auctions.
 */
const ACCOUNTS = `
SELECT id, blocked_reason, spending_limit_minor, spending_currency, committed_minor
FROM bidder
WHERE id = ANY ($2::text[] || CASE
  WHEN EXISTS (SELECT FROM bidder WHERE spending_limit_minor IS NOT NULL)
  THEN ARRAY(SELECT leader_id FROM auction WHERE id = ANY ($1::uuid[]) AND leader_id IS NOT NULL)
END)
ORDER BY id FOR NO KEY UPDATE`;

type AccountRow = [
  id: string,
  blockedReason: string | null,
  spendingLimitMinor: string | null,
  spendingCurrency: string | null,
  committedMinor: string,
];

const accountOf = ([id, blockedReason, limit, currency, committed]: AccountRow): Account => ({
  id,
  blockedReason,
  spendingLimitMinor: integerOrNull(limit),
  spendingCurrency: currency,
  committedMinor: Number(committed),
  changed: false,
});

const ASSOCIATES = `
SELECT seller_id, bidder_id FROM seller_associate WHERE bidder_id = ANY ($1::text[])`;

type AssociateRow = [sellerId: string, bidderId: string];

const readAdmissions = (sales: readonly string[], bidders: readonly string[]): Statement => ({
  name: 'admissions',
  text: `
SELECT sale_id, bidder_id, approved, deposit_minor FROM sale_bidder
WHERE sale_id = ANY ($1::uuid[]) AND bidder_id = ANY ($2::text[])`,
  values: [arrayOf(uuid, sales), arrayOf(text, bidders)],
});

type AdmissionRow = [saleId: string, bidderId: string, approved: 't' | 'f', depositMinor: string];

const admissionOf = ([sale, bidder, approved, deposit]: AdmissionRow): [string, Admission] => [
  pairKey(sale, bidder),
  { approved: approved === 't', depositMinor: Number(deposit) },
];
