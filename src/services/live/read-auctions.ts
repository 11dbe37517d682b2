import type pg from 'pg';
import type { BiddingTerms } from '../../domain/bidding/bidding.ts';
import type { AuctionState } from '../../domain/auction/lifecycle.ts';
import { biddingTerms } from '../../domain/policy/policy.ts';
import { policyVersion } from '../bidding/lane/policy-cache.ts';
import { isPublished } from '../auction/published.ts';

/** How far an auction has come: its bid log's last sequence, and its changes that were no bids. */
export interface Version {
  readonly sequence: number;
  readonly changes: number;
}

/** What is known of an auction of which nothing is known: older than anything there is. */
export const UNKNOWN: Version = { sequence: -1, changes: -1 };

/** An auction as live streams show it. No maximum is read here, so none can be shown. */
export interface LiveAuction extends Version {
  readonly id: string;
  readonly state: AuctionState;
  /** For everybody; of any other nobody is told. */
  readonly isPublished: boolean;
  readonly currency: string;
  readonly terms: BiddingTerms;
  readonly priceMinor: number;
  readonly leaderId: string | null;
  readonly closesAt: Date;
  readonly extensions: number;
  /** Those in the log after the known version, in the order of their first entry there. */
  readonly bidders: readonly string[];
}

/** One statement, so that an auction and its log are of the same moment. */
const CHANGED = `
SELECT auction.id, state, ${isPublished('auction.state', 'auction.id')} AS is_published, currency, policy_name, policy_version, start_price_minor, reserve_minor,
       price_minor, leader_id, closes_at, extensions, last_sequence, changes,
       ARRAY(SELECT bidder_id FROM bid
              WHERE bid.auction_id = auction.id AND sequence > known_sequence
              GROUP BY bidder_id ORDER BY min(sequence)) AS bidders
FROM unnest($1::uuid[], $2::int[], $3::int[]) AS known (id, known_sequence, known_changes)
JOIN auction ON auction.id = known.id
WHERE last_sequence <> known_sequence OR changes <> known_changes`;

interface Row {
  id: string;
  state: AuctionState;
  is_published: boolean;
  currency: string;
  policy_name: string;
  policy_version: number;
  start_price_minor: number;
  reserve_minor: number | null;
  price_minor: number;
  leader_id: string | null;
  closes_at: Date;
  extensions: number;
  last_sequence: number;
  changes: number;
  bidders: string[];
}

/** Those of these auctions that are no longer at the known version. */
export async function readChanged(
  pool: pg.Pool,
  known: readonly { readonly id: string; readonly version: Version }[],
): Promise<LiveAuction[]> {
  const { rows } = await pool.query<Row>({
    name: 'live changed',
    text: CHANGED,
    values: [
      known.map(({ id }) => id),
      known.map(({ version }) => version.sequence),
      known.map(({ version }) => version.changes),
    ],
  });
  const auctions: LiveAuction[] = [];
  for (const row of rows) {
    const policy = await policyVersion(pool, row.policy_name, row.policy_version);
    auctions.push({
      id: row.id,
      state: row.state,
      isPublished: row.is_published,
      currency: row.currency,
      terms: biddingTerms(policy, {
        startPrice: row.start_price_minor,
        reserve: row.reserve_minor,
      }),
      priceMinor: row.price_minor,
      leaderId: row.leader_id,
      closesAt: row.closes_at,
      extensions: row.extensions,
      sequence: row.last_sequence,
      changes: row.changes,
      bidders: row.bidders,
    });
  }
  return auctions;
}
