import type pg from 'pg';
import {
  openingStanding,
  placeBid,
  type BiddingTerms,
  type Standing,
} from '../../src/domain/bidding/bidding.ts';
import { INCREMENT } from './auctions.ts';

/** Gavel's own tables, and those of the two baselines: they name their columns alike. */
export type Schema = 'public' | 'minimal' | 'row_lock';

interface AuctionRow {
  id: string;
  start_price_minor: number;
  price_minor: number;
  leader_id: string | null;
  leader_maximum_minor: number | null;
  runner_up_maximum_minor: number | null;
  last_sequence: number;
}

interface BidRow {
  auction_id: string;
  sequence: number;
  bidder_id: string;
  maximum_minor: number;
  price_minor: number;
}

/**
 * The first thing that is wrong after an arm, or nothing: every sequence is without gaps, every
 * standing is what the pure rules make of the log, and as many bids are in it as were answered so.
 */
export async function brokenInvariant(
  pool: pg.Pool,
  schema: Schema,
  accepted: number,
): Promise<string | undefined> {
  const { rows: auctions } = await pool.query<AuctionRow>(
    `SELECT id::text, start_price_minor, price_minor, leader_id::text, leader_maximum_minor,
            runner_up_maximum_minor, last_sequence FROM ${schema}.auction`,
  );
  const { rows: bids } = await pool.query<BidRow>(
    `SELECT auction_id::text, sequence, bidder_id::text, maximum_minor, price_minor
     FROM ${schema}.bid ORDER BY auction_id, sequence`,
  );
  if (bids.length !== accepted)
    return `${accepted} bids were accepted, ${bids.length} are in the log`;
  const logs = new Map<string, BidRow[]>(auctions.map(({ id }) => [id, []]));
  for (const bid of bids) logs.get(bid.auction_id)!.push(bid);
  for (const auction of auctions) {
    const broken = brokenIn(auction, logs.get(auction.id)!);
    if (broken) return `auction ${auction.id}: ${broken}`;
  }
  return undefined;
}

function brokenIn(auction: AuctionRow, log: readonly BidRow[]): string | undefined {
  const terms = termsOf(auction);
  let standing = openingStanding(terms);
  for (const [i, { sequence, bidder_id, maximum_minor, price_minor }] of log.entries()) {
    if (sequence !== i + 1) return `bid ${i + 1} has the sequence ${sequence}`;
    const outcome = placeBid(terms, standing, { bidder: bidder_id, maximum: maximum_minor });
    if (!outcome.accepted) return `bid ${sequence} should have been refused`;
    standing = outcome.standing;
    if (standing.price !== price_minor)
      return `bid ${sequence} has the price ${price_minor}, not ${standing.price}`;
  }
  if (auction.last_sequence !== log.length)
    return `its last sequence is ${auction.last_sequence} after ${log.length} bids`;
  const wrong = differing(standing, auction);
  return wrong && `its ${wrong} is not that of its log`;
}

const termsOf = ({ start_price_minor }: AuctionRow): BiddingTerms => ({
  startPrice: start_price_minor,
  reserve: null,
  increments: [{ from: 0, increment: INCREMENT }],
  ownRaise: 'keepsPrice',
  belowReserve: 'ordinary',
});

function differing(standing: Standing, auction: AuctionRow): keyof Standing | undefined {
  const stored: Standing = {
    price: auction.price_minor,
    leader: auction.leader_id,
    leaderMaximum: auction.leader_maximum_minor,
    runnerUpMaximum: auction.runner_up_maximum_minor,
  };
  const names = Object.keys(stored) as (keyof Standing)[];
  return names.find((name) => stored[name] !== standing[name]);
}
