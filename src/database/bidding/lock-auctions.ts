import type pg from 'pg';
import type { BiddingTerms, Standing } from '../../domain/bidding.ts';
import type { AuctionState } from '../../domain/lifecycles/auction.ts';
import { biddingTerms, softCloseOf } from '../../domain/policy.ts';
import type { SoftClose } from '../../domain/soft-close.ts';
import { uuids } from './columns.ts';
import { policyVersion } from './policy-cache.ts';

/** An auction as a batch works on it; what changes is written back at the end. */
export interface LockedAuction {
  readonly id: string;
  readonly sellerId: string;
  readonly saleId: string | null;
  readonly state: AuctionState;
  readonly currency: string;
  readonly buyNowMinor: number | null;
  readonly terms: BiddingTerms;
  readonly softClose: SoftClose | null;
  /** The database's clock, read once the lock was held: it alone judges the closing time. */
  readonly nowMs: number;
  standing: Standing;
  closesAtMs: number;
  extensions: number;
  sequence: number;
  hash: Buffer | null;
  bought: boolean;
  changed: boolean;
}

/** FOR NO KEY UPDATE in id order: two processes never wait for each other in a circle. */
const LOCK = `
WITH locked AS MATERIALIZED (
  SELECT id, seller_id, sale_id, policy_name, policy_version, state, currency, start_price_minor,
         reserve_minor, buy_now_minor, closes_at, extensions, price_minor, leader_id,
         leader_maximum_minor, runner_up_maximum_minor, last_sequence, last_hash
  FROM auction WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE
)
SELECT *, clock_timestamp() AS now FROM locked`;

interface AuctionRow {
  id: string;
  seller_id: string;
  sale_id: string | null;
  policy_name: string;
  policy_version: number;
  state: AuctionState;
  currency: string;
  start_price_minor: number;
  reserve_minor: number | null;
  buy_now_minor: number | null;
  closes_at: Date;
  extensions: number;
  price_minor: number;
  leader_id: string | null;
  leader_maximum_minor: number | null;
  runner_up_maximum_minor: number | null;
  last_sequence: number;
  last_hash: Buffer | null;
  now: Date;
}

export async function lockAuctions(
  client: pg.ClientBase,
  requests: readonly { auctionId: string }[],
): Promise<Map<string, LockedAuction>> {
  const ids = [...new Set(requests.map(({ auctionId }) => auctionId))];
  const { rows } = await client.query<AuctionRow>({
    name: 'lock',
    text: LOCK,
    values: [uuids(ids)],
  });
  const auctions = new Map<string, LockedAuction>();
  for (const row of rows) auctions.set(row.id, await lockedAuction(client, row));
  return auctions;
}

async function lockedAuction(client: pg.ClientBase, row: AuctionRow): Promise<LockedAuction> {
  const policy = await policyVersion(client, row.policy_name, row.policy_version);
  return {
    id: row.id,
    sellerId: row.seller_id,
    saleId: row.sale_id,
    state: row.state,
    currency: row.currency,
    buyNowMinor: row.buy_now_minor,
    terms: biddingTerms(policy, { startPrice: row.start_price_minor, reserve: row.reserve_minor }),
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
    hash: row.last_hash,
    bought: false,
    changed: false,
  };
}
