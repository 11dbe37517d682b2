import type pg from 'pg';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import type { NewEntry, NewRefusal } from './answer.ts';
import type { Circumstances } from './circumstances.ts';
import type { LockedAuction } from './lock-auctions.ts';

/** Everything that a batch leaves behind, as one statement: its length does not grow with the batch. */
const WRITE = `
WITH entries AS (
  INSERT INTO bid (auction_id, sequence, kind, bidder_id, maximum_minor, entered_by,
                   idempotency_key, placed_at, price_minor, leader_id, closes_at, hash, answer)
  SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[], $5::bigint[], $6::text[],
                       $7::text[], $8::timestamptz[], $9::bigint[], $10::text[],
                       $11::timestamptz[], $12::bytea[], $13::jsonb[])
), refusals AS (
  INSERT INTO bid_refusal (bidder_id, idempotency_key, auction_id, maximum_minor, answer, refused_at)
  SELECT r.*, clock_timestamp()
  FROM unnest($14::text[], $15::text[], $16::uuid[], $17::bigint[], $18::jsonb[]) AS r
), accounts AS (
  UPDATE bidder SET committed_minor = a.committed_minor
    FROM unnest($19::text[], $20::bigint[]) AS a (id, committed_minor) WHERE bidder.id = a.id
)
UPDATE auction
   SET price_minor = a.price_minor, leader_id = a.leader_id,
       leader_maximum_minor = a.leader_maximum_minor,
       runner_up_maximum_minor = a.runner_up_maximum_minor,
       closes_at = a.closes_at, extensions = a.extensions,
       last_sequence = a.last_sequence, last_hash = a.last_hash
  FROM unnest($21::uuid[], $22::bigint[], $23::text[], $24::bigint[], $25::bigint[],
              $26::timestamptz[], $27::int[], $28::int[], $29::bytea[])
    AS a (id, price_minor, leader_id, leader_maximum_minor, runner_up_maximum_minor, closes_at,
          extensions, last_sequence, last_hash)
 WHERE auction.id = a.id`;

export interface Batch {
  readonly entries: readonly NewEntry[];
  readonly refusals: readonly NewRefusal[];
  readonly auctions: ReadonlyMap<string, LockedAuction>;
  readonly circumstances: Circumstances;
}

/** Sends everything at once, in order, and awaits nothing: the caller sends its COMMIT right behind. */
export function writeBatch(client: pg.ClientBase, batch: Batch): Promise<unknown>[] {
  if (batch.entries.length + batch.refusals.length === 0) return [];
  const auctions = [...batch.auctions.values()].filter(({ changed }) => changed);
  const accounts = [...batch.circumstances.accounts.values()].filter(({ changed }) => changed);
  const values = [
    ...entryColumns(batch.entries),
    ...refusalColumns(batch.refusals),
    accounts.map(({ id }) => id),
    accounts.map(({ committedMinor }) => committedMinor),
    ...auctionColumns(auctions),
  ];
  return [
    client.query({ name: 'write', text: WRITE, values }),
    ...auctions.filter(({ bought }) => bought).map(({ id }) => tellWorkflow(client, id)),
  ];
}

/**
 * Buy it now ends the bidding, so the workflow must not sleep on. Not part of the statement above: an
 * INSERT into the outbox notifies, even of nothing, and NOTIFY makes all commits wait for each other.
 */
function tellWorkflow(client: pg.ClientBase, auctionId: string): Promise<unknown> {
  const message = lookAgain(workflowIds.auction(auctionId));
  return client.query('INSERT INTO outbox (workflow_id, message) VALUES ($1, $2)', [
    message.workflowId,
    JSON.stringify(message),
  ]);
}

const entryColumns = (entries: readonly NewEntry[]) => [
  entries.map(({ request }) => request.auctionId),
  entries.map(({ answer }) => answer.sequence),
  entries.map(({ request }) => request.kind ?? 'bid'),
  entries.map(({ request }) => request.bidderId),
  entries.map(({ request }) => request.maximumMinor),
  entries.map(({ request }) => request.enteredBy ?? null),
  entries.map(({ request }) => request.idempotencyKey),
  entries.map(({ answer }) => answer.placedAt),
  entries.map(({ answer }) => answer.priceMinor),
  entries.map(({ leader }) => leader),
  entries.map(({ answer }) => answer.closesAt),
  entries.map(({ hash }) => hash),
  entries.map(({ answer }) => JSON.stringify(answer)),
];

const refusalColumns = (refusals: readonly NewRefusal[]) => [
  refusals.map(({ request }) => request.bidderId),
  refusals.map(({ request }) => request.idempotencyKey),
  refusals.map(({ request }) => request.auctionId),
  refusals.map(({ request }) => request.maximumMinor),
  refusals.map(({ answer }) => JSON.stringify(answer)),
];

const auctionColumns = (auctions: readonly LockedAuction[]) => [
  auctions.map(({ id }) => id),
  auctions.map(({ standing }) => standing.price),
  auctions.map(({ standing }) => standing.leader),
  auctions.map(({ standing }) => standing.leaderMaximum),
  auctions.map(({ standing }) => standing.runnerUpMaximum),
  auctions.map(({ closesAtMs }) => new Date(closesAtMs).toISOString()),
  auctions.map(({ extensions }) => extensions),
  auctions.map(({ sequence }) => sequence),
  auctions.map(({ hash }) => hash),
];
