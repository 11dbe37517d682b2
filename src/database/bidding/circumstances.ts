import { arrayOf, text, uuid } from '../columns.ts';
import { integerOrNull, type Row, type Statement } from '../statements.ts';
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
 * All that a batch needs besides its auctions. It is asked once they are locked, so the same bid in
 * another process has ended by now, and whoever leads is who will; it may be sent with the lock, as it
 * finds leaders and sales itself.
 */
export function readCircumstances(requests: readonly BidRequest[]): Statement[] {
  const auctions = arrayOf(
    uuid,
    requests.map(({ auctionId }) => auctionId),
  );
  const bidders = arrayOf(
    text,
    requests.map(({ bidderId }) => bidderId),
  );
  const keys = arrayOf(
    text,
    requests.map(({ idempotencyKey }) => idempotencyKey),
  );
  return [
    { name: 'earlier answers', text: EARLIER, values: [bidders, keys] },
    { name: 'accounts', text: ACCOUNTS, values: [auctions, bidders] },
    { name: 'admissions', text: ADMISSIONS, values: [auctions, bidders] },
  ];
}

export function circumstancesOf(found: readonly Row[][]): Circumstances {
  const [earlier, accounts, admissions] = found as unknown as [
    EarlierRow[],
    AccountRow[],
    AdmissionRow[],
  ];
  const ofSales = admissions.filter(([sale]) => sale !== null);
  const ofSellers = admissions.filter(([, , seller]) => seller !== null);
  return {
    earlier: new Map(earlier.map(earlierOf)),
    accounts: new Map(accounts.map((row) => [row[0], accountOf(row)])),
    admissions: new Map(ofSales.map((row) => [pairKey(row[0]!, row[1]), admissionOf(row)])),
    associates: new Set(ofSellers.map(([, bidder, seller]) => pairKey(seller!, bidder))),
  };
}

const EARLIER = `
SELECT asked.bidder_id, asked.idempotency_key, coalesce(bid.auction_id, refusal.auction_id),
       coalesce(bid.maximum_minor, refusal.maximum_minor), bid.sequence, bid.price_minor,
       bid.leader_id, bid.reserve_met, round(date_part('epoch', bid.closes_at) * 1000),
       round(date_part('epoch', bid.placed_at) * 1000),
       refusal.code, refusal.minimum_bid_minor, refusal.maximum_bid_minor
FROM unnest($1::text[], $2::text[]) AS asked (bidder_id, idempotency_key)
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

/** Of who bids and of who leads; locked after the auctions, in id order, by everyone. */
const ACCOUNTS = `
SELECT id, blocked_reason, spending_limit_minor, spending_currency, committed_minor
FROM bidder
WHERE id = ANY ($2::text[] || ARRAY(
  SELECT leader_id FROM auction WHERE id = ANY ($1::uuid[]) AND leader_id IS NOT NULL))
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

/** A row where a sale asks something of its bidders, or the bidder belongs to the seller. */
const ADMISSIONS = `
SELECT sale.id, asked.bidder_id, associate.seller_id, approval_required, coalesce(approved, false),
       coalesce(sale.deposit_minor, 0), coalesce(sale_bidder.deposit_minor, 0)
FROM unnest($1::uuid[], $2::text[]) AS asked (auction_id, bidder_id)
JOIN auction ON auction.id = auction_id
LEFT JOIN sale ON sale.id = auction.sale_id
              AND (approval_required OR sale.deposit_minor IS NOT NULL)
LEFT JOIN sale_bidder ON sale_bidder.sale_id = sale.id
                     AND sale_bidder.bidder_id = asked.bidder_id
LEFT JOIN seller_associate AS associate ON associate.seller_id = auction.seller_id
                                       AND associate.bidder_id = asked.bidder_id
WHERE sale.id IS NOT NULL OR associate.seller_id IS NOT NULL`;

type AdmissionRow = [
  saleId: string | null,
  bidderId: string,
  sellerId: string | null,
  approvalRequired: 't' | 'f' | null,
  approved: 't' | 'f',
  depositRequiredMinor: string,
  depositMinor: string,
];

const admissionOf = ([, , , required, approved, ofSale, ofBidder]: AdmissionRow): Admission => ({
  approvalRequired: required === 't',
  approved: approved === 't',
  depositRequiredMinor: Number(ofSale),
  depositMinor: Number(ofBidder),
});
