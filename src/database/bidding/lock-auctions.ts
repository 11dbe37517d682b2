import type { Standing } from '../../domain/bidding.ts';
import type { AuctionState } from '../../domain/lifecycles/auction.ts';
import { integerOrNull, type Row, type Statement } from '../lanes/statements.ts';
import type { AuctionTerms } from './terms-cache.ts';

/** An auction as a batch works on it; what changes is written back at the end. */
export interface LockedAuction {
  readonly id: string;
  readonly terms: AuctionTerms;
  /** Where the auction is of a sale that asks something of its bidders. */
  readonly asked: AskedBySale | null;
  readonly state: AuctionState;
  /** The database's clock, read once the lock was held: it alone judges the closing time. */
  readonly nowMs: number;
  standing: Standing;
  closesAtMs: number;
  extensions: number;
  sequence: number;
  hash: Buffer | null;
  bought: boolean;
  changed: boolean;
  /** Or closed, by buy it now: in any case it closes at another time than before. */
  extended: boolean;
}

export interface AskedBySale {
  readonly saleId: string;
  readonly approval: boolean;
  /** Minor units; zero when none is asked. */
  readonly depositMinor: number;
}

/** FOR NO KEY UPDATE in id order: two processes never wait for each other in a circle. */
const LOCK = `
SELECT locked.id, sale.id, approval_required, deposit_minor, state,
       round(date_part('epoch', closes_at) * 1000), extensions, price_minor, leader_id,
       leader_maximum_minor, runner_up_maximum_minor, last_sequence, last_hash,
       floor(date_part('epoch', clock_timestamp()) * 1000)
FROM (SELECT * FROM auction WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE) AS locked
LEFT JOIN sale ON sale.id = sale_id AND (approval_required OR deposit_minor IS NOT NULL)`;

type AuctionRow = [
  id: string,
  saleId: string | null,
  approvalRequired: 't' | 'f' | null,
  depositMinor: string | null,
  state: AuctionState,
  closesAtMs: string,
  extensions: string,
  priceMinor: string,
  leaderId: string | null,
  leaderMaximumMinor: string | null,
  runnerUpMaximumMinor: string | null,
  lastSequence: string,
  lastHash: string | null,
  nowMs: string,
];

/** The auctions by their ids, as an array of the database. */
export const lockAuctions = (ids: Buffer): Statement => ({
  name: 'lock auctions',
  text: LOCK,
  values: [ids],
});

export const idsOf = (locked: readonly Row[]): string[] => locked.map(([id]) => id!);

export function lockedAuctions(
  locked: readonly Row[],
  terms: ReadonlyMap<string, AuctionTerms>,
): Map<string, LockedAuction> {
  const rows = locked as unknown as AuctionRow[];
  return new Map(rows.map((row) => [row[0], lockedAuction(row, terms.get(row[0])!)]));
}

function lockedAuction(row: AuctionRow, terms: AuctionTerms): LockedAuction {
  // prettier-ignore
  const [id, saleId, approval, deposit, state, closesAtMs, extensions,
    price, leader, leaderMaximum, runnerUpMaximum, sequence, hash, nowMs] = row;
  return {
    id,
    terms,
    asked:
      saleId === null
        ? null
        : { saleId, approval: approval === 't', depositMinor: Number(deposit) },
    state,
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
    hash: hash === null ? null : Buffer.from(hash.slice(HEX_PREFIX.length), 'hex'),
    bought: false,
    changed: false,
    extended: false,
  };
}

/** Before a bytea in text. */
const HEX_PREFIX = '\\x';
