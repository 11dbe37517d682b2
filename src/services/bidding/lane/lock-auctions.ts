import type pg from 'pg';
import type { BiddingTerms, Standing } from '../../../domain/bidding/bidding.ts';
import type { SaleConditions } from '../../../domain/eligibility/may-buy.ts';
import type { AuctionState } from '../../../domain/auction/lifecycle.ts';
import { biddingTerms, softCloseOf, type Policy } from '../../../domain/policy/policy.ts';
import type { SoftClose } from '../../../domain/auction/soft-close.ts';
import { integerOrNull, type Row, type Statement } from '../../../database/lanes/statements.ts';
import { policyVersion } from './policy-cache.ts';

/** An auction as a batch works on it, locked or remembered; what changes is written back at the end. */
export interface BatchAuction {
  readonly id: string;
  /** The transaction that holds the lock, or has written the version of the row that is remembered. */
  transaction: string;
  readonly sellerId: string;
  readonly saleId: string | null;
  /** Where the auction is of a sale that asks something of its bidders. */
  readonly asked: AskedBySale | null;
  readonly state: AuctionState;
  readonly currency: string;
  readonly buyNowMinor: number | null;
  readonly terms: BiddingTerms;
  readonly softClose: SoftClose | null;
  /** The database's clock, read once the lock was held; of a remembered auction, see auction-memory.ts. */
  nowMs: number;
  standing: Standing;
  closesAtMs: number;
  extensions: number;
  sequence: number;
  hash: string | null;
  bought: boolean;
  changed: boolean;
  /** Or closed, by buy it now: in any case it closes at another time than before. */
  extended: boolean;
}

export interface LockedAuction extends BatchAuction {
  /** Where its row is, and stays as long as the lock is held. */
  readonly ctid: string;
}

export interface AskedBySale extends SaleConditions {
  readonly saleId: string;
}

/**
 * FOR NO KEY UPDATE in id order: two processes never wait for each other in a circle. The clock is read
 * outside: for each auction, once it is locked.
 */
const LOCK = `
SELECT auction.id, ctid, pg_current_xact_id()::xid, seller_id, sale_id, policy_name,
       policy_version, state, currency, start_price_minor, reserve_minor, buy_now_minor,
       round(date_part('epoch', closes_at) * 1000), extensions,
       price_minor, leader_id, leader_maximum_minor, runner_up_maximum_minor, last_sequence,
       last_hash, floor(date_part('epoch', clock_timestamp()) * 1000),
       approval_required, deposit_minor
FROM (
  SELECT id, ctid, seller_id, policy_name, policy_version, state, currency, start_price_minor,
         reserve_minor, buy_now_minor, closes_at, extensions, price_minor, leader_id,
         leader_maximum_minor, runner_up_maximum_minor, last_sequence, last_hash, sale_id
  FROM auction WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE
) AS auction
LEFT JOIN sale ON sale.id = sale_id AND (approval_required OR deposit_minor IS NOT NULL)`;

type AuctionRow = [
  id: string,
  ctid: string,
  transaction: string,
  sellerId: string,
  saleId: string | null,
  policyName: string,
  policyVersion: string,
  state: AuctionState,
  currency: string,
  startPriceMinor: string,
  reserveMinor: string | null,
  buyNowMinor: string | null,
  closesAtMs: string,
  extensions: string,
  priceMinor: string,
  leaderId: string | null,
  leaderMaximumMinor: string | null,
  runnerUpMaximumMinor: string | null,
  lastSequence: string,
  lastHash: string | null,
  nowMs: string,
  /** Of a sale that asks something. */
  approvalRequired: 't' | 'f' | null,
  depositMinor: string | null,
];

/** The auctions by their ids, as an array of the database. */
export const lockAuctions = (ids: Buffer): Statement => ({
  name: 'lock auctions',
  text: LOCK,
  values: [ids],
});

export async function lockedAuctions(
  rows: readonly Row[],
  client: pg.ClientBase,
): Promise<Map<string, LockedAuction>> {
  const auctions = new Map<string, LockedAuction>();
  for (const row of rows as AuctionRow[]) {
    const [id, , , , , policyName, version] = row;
    const policy = policyVersion(client, policyName, Number(version));
    auctions.set(id, lockedAuction(row, policy instanceof Promise ? await policy : policy));
  }
  return auctions;
}

function lockedAuction(row: AuctionRow, policy: Policy): LockedAuction {
  // prettier-ignore
  const [id, ctid, transaction, sellerId, saleId, , , state, currency, startPrice, reserve, buyNow, closesAtMs, extensions, price, leader,
    leaderMaximum, runnerUpMaximum, sequence, hash, nowMs, approval, deposit] = row;
  return {
    id,
    ctid,
    transaction,
    sellerId,
    saleId,
    asked:
      saleId === null || approval === null
        ? null
        : { saleId, approval: approval === 't', depositMinor: Number(deposit) },
    state,
    currency,
    buyNowMinor: integerOrNull(buyNow),
    terms: biddingTerms(policy, {
      startPrice: Number(startPrice),
      reserve: integerOrNull(reserve),
    }),
    softClose: softCloseOf(policy),
    nowMs: Number(nowMs),
    standing: {
      price: Number(price),
      leader,
      leaderMaximum: integerOrNull(leaderMaximum),
      runnerUpMaximum: integerOrNull(runnerUpMaximum),
    },
    closesAtMs: Number(closesAtMs),
    extensions: Number(extensions),
    sequence: Number(sequence),
    hash: hash === null ? null : hash.slice(HEX_PREFIX.length),
    bought: false,
    changed: false,
    extended: false,
  };
}

/** Before a bytea in text. */
const HEX_PREFIX = '\\x';
