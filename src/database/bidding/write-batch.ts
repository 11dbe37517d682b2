import type pg from 'pg';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import type { NewEntry, NewRefusal } from './answer.ts';
import type { Account, Circumstances } from './circumstances.ts';
import { amounts, bytes, flags, integers, moments, texts, uuids } from './columns.ts';
import type { LockedAuction } from './lock-auctions.ts';

export interface Batch {
  readonly entries: readonly NewEntry[];
  readonly refusals: readonly NewRefusal[];
  readonly auctions: ReadonlyMap<string, LockedAuction>;
  readonly circumstances: Circumstances;
}

/**
 * Everything that a batch leaves behind, a statement per table, whatever the length of the batch. Throws
 * a RangeError for a value that no column can hold.
 */
export function writesOf({ entries, refusals, ...batch }: Batch): pg.QueryConfig[] {
  const auctions = [...batch.auctions.values()].filter(({ changed }) => changed);
  const accounts = [...batch.circumstances.accounts.values()].filter(({ changed }) => changed);
  return [
    ...(entries.length > 0 ? [appendEntries(entries)] : []),
    ...(refusals.length > 0 ? [keepRefusals(refusals)] : []),
    ...(accounts.length > 0 ? [moveAccounts(accounts)] : []),
    ...(auctions.length > 0 ? [moveAuctions(auctions)] : []),
    ...auctions.filter(({ bought }) => bought).map(({ id }) => tellWorkflow(id)),
  ];
}

const appendEntries = (entries: readonly NewEntry[]): pg.QueryConfig => ({
  name: 'append entries',
  text: `
INSERT INTO bid (auction_id, sequence, kind, bidder_id, maximum_minor, entered_by, idempotency_key,
                 placed_at, price_minor, leader_id, reserve_met, closes_at, hash)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::text[],
                     $7::text[], $8::timestamptz[], $9::bigint[], $10::text[], $11::boolean[],
                     $12::timestamptz[], $13::bytea[])`,
  values: [
    uuids(entries.map(({ request }) => request.auctionId)),
    integers(entries.map(({ answer }) => answer.sequence)),
    texts(entries.map(({ request }) => request.kind ?? 'bid')),
    texts(entries.map(({ request }) => request.bidderId)),
    amounts(entries.map(({ request }) => request.maximumMinor)),
    texts(entries.map(({ request }) => request.enteredBy ?? null)),
    texts(entries.map(({ request }) => request.idempotencyKey)),
    moments(entries.map(({ placedAtMs }) => placedAtMs)),
    amounts(entries.map(({ answer }) => answer.priceMinor)),
    texts(entries.map(({ leader }) => leader)),
    flags(entries.map(({ answer }) => answer.reserveMet)),
    moments(entries.map(({ closesAtMs }) => closesAtMs)),
    bytes(entries.map(({ hash }) => hash)),
  ],
});

const keepRefusals = (refusals: readonly NewRefusal[]): pg.QueryConfig => ({
  name: 'keep refusals',
  text: `
INSERT INTO bid_refusal (bidder_id, idempotency_key, auction_id, maximum_minor, code,
                         minimum_bid_minor, maximum_bid_minor, refused_at)
SELECT r.*, clock_timestamp()
FROM unnest($1::text[], $2::text[], $3::uuid[], $4::bigint[], $5::text[], $6::bigint[],
            $7::bigint[]) AS r`,
  values: [
    texts(refusals.map(({ request }) => request.bidderId)),
    texts(refusals.map(({ request }) => request.idempotencyKey)),
    uuids(refusals.map(({ request }) => request.auctionId)),
    amounts(refusals.map(({ request }) => request.maximumMinor)),
    texts(refusals.map(({ answer }) => answer.code)),
    amounts(refusals.map(({ answer }) => answer.minimumBidMinor ?? null)),
    amounts(refusals.map(({ answer }) => answer.maximumBidMinor ?? null)),
  ],
});

const moveAccounts = (accounts: readonly Account[]): pg.QueryConfig => ({
  name: 'move accounts',
  text: `
UPDATE bidder SET committed_minor = a.committed_minor
  FROM unnest($1::text[], $2::bigint[]) AS a (id, committed_minor) WHERE bidder.id = a.id`,
  values: [
    texts(accounts.map(({ id }) => id)),
    amounts(accounts.map(({ committedMinor }) => committedMinor)),
  ],
});

const moveAuctions = (auctions: readonly LockedAuction[]): pg.QueryConfig => ({
  name: 'move auctions',
  text: `
UPDATE auction
   SET price_minor = a.price_minor, leader_id = a.leader_id,
       leader_maximum_minor = a.leader_maximum_minor,
       runner_up_maximum_minor = a.runner_up_maximum_minor,
       closes_at = a.closes_at, extensions = a.extensions,
       last_sequence = a.last_sequence, last_hash = a.last_hash
  FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[],
              $6::timestamptz[], $7::int[], $8::int[], $9::bytea[])
    AS a (id, price_minor, leader_id, leader_maximum_minor, runner_up_maximum_minor, closes_at,
          extensions, last_sequence, last_hash)
 WHERE auction.id = a.id`,
  values: [
    uuids(auctions.map(({ id }) => id)),
    amounts(auctions.map(({ standing }) => standing.price)),
    texts(auctions.map(({ standing }) => standing.leader)),
    amounts(auctions.map(({ standing }) => standing.leaderMaximum)),
    amounts(auctions.map(({ standing }) => standing.runnerUpMaximum)),
    moments(auctions.map(({ closesAtMs }) => closesAtMs)),
    integers(auctions.map(({ extensions }) => extensions)),
    integers(auctions.map(({ sequence }) => sequence)),
    bytes(auctions.map(({ hash }) => hash)),
  ],
});

/**
 * Buy it now ends the bidding, so the workflow must not sleep on. Only then: an INSERT into the outbox
 * notifies, and NOTIFY makes all commits wait for each other.
 */
function tellWorkflow(auctionId: string): pg.QueryConfig {
  const message = lookAgain(workflowIds.auction(auctionId));
  return {
    text: 'INSERT INTO outbox (workflow_id, message) VALUES ($1, $2)',
    values: [message.workflowId, JSON.stringify(message)],
  };
}
