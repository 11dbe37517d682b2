import { lookAgain, workflowIds } from '../../../workflows/messages.ts';
import {
  amount,
  bytes,
  flag,
  integer,
  moment,
  text,
  tid,
  uuid,
} from '../../../database/lanes/columns.ts';
import { column, rowStatement } from '../../../database/lanes/row-statement.ts';
import type { Statement } from '../../../database/lanes/statements.ts';
import type { NewEntry, NewRefusal } from './answer.ts';
import type { Account, Circumstances } from './circumstances.ts';
import type { BatchAuction, LockedAuction } from './lock-auctions.ts';

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
export function writesOf({ entries, refusals, ...batch }: Batch): Statement[] {
  const auctions = [...batch.auctions.values()].filter(({ changed }) => changed);
  const accounts = [...batch.circumstances.accounts.values()].filter(({ changed }) => changed);
  return [
    ...appendEntries(entries),
    ...keepRefusals(refusals),
    ...moveAccounts(accounts),
    ...moveAuctions(auctions.filter(({ extended }) => !extended)),
    ...extendAuctions(auctions.filter(({ extended }) => extended)),
    ...auctions.filter(({ bought }) => bought).map(({ id }) => tellWorkflow(id)),
  ];
}

export const appendEntries = rowStatement<NewEntry>({
  name: 'append entries',
  columns: {
    auction_id: column(uuid, ({ request }) => request.auctionId),
    sequence: column(integer, ({ answer }) => answer.sequence),
    kind: column(text, ({ request }) => request.kind ?? 'bid'),
    bidder_id: column(text, ({ request }) => request.bidderId),
    maximum_minor: column(amount, ({ request }) => request.maximumMinor),
    entered_by: column(text, ({ request }) => request.enteredBy ?? null),
    idempotency_key: column(text, ({ request }) => request.idempotencyKey),
    placed_at: column(moment, ({ placedAtMs }) => placedAtMs),
    price_minor: column(amount, ({ answer }) => answer.priceMinor),
    leader_id: column(text, ({ leader }) => leader),
    reserve_met: column(flag, ({ answer }) => answer.reserveMet),
    closes_at: column(moment, ({ closesAtMs }) => closesAtMs),
    hash: column(bytes, ({ hash }) => hash),
  },
  text: (rows, columns) => `INSERT INTO bid (${columns}) SELECT * FROM ${rows}`,
});

export const keepRefusals = rowStatement<NewRefusal>({
  name: 'keep refusals',
  columns: {
    bidder_id: column(text, ({ request }) => request.bidderId),
    idempotency_key: column(text, ({ request }) => request.idempotencyKey),
    auction_id: column(uuid, ({ request }) => request.auctionId),
    maximum_minor: column(amount, ({ request }) => request.maximumMinor),
    code: column(text, ({ answer }) => answer.code),
    minimum_bid_minor: column(amount, ({ answer }) => answer.minimumBidMinor ?? null),
    maximum_bid_minor: column(amount, ({ answer }) => answer.maximumBidMinor ?? null),
  },
  text: (rows, columns) => `
INSERT INTO bid_refusal (${columns}, refused_at) SELECT *, clock_timestamp() FROM ${rows}`,
});

const moveAccounts = rowStatement<Account>({
  name: 'move accounts',
  columns: {
    id: column(text, ({ id }) => id),
    committed_minor: column(amount, ({ committedMinor }) => committedMinor),
  },
  text: (rows) => `
UPDATE bidder SET committed_minor = row.committed_minor FROM ${rows} WHERE bidder.id = row.id`,
});

/** What a bid changes of an auction, as the columns of a statement over many. */
export const STANDING = {
  price_minor: column(amount, ({ standing }: BatchAuction) => standing.price),
  leader_id: column(text, ({ standing }: BatchAuction) => standing.leader),
  leader_maximum_minor: column(amount, ({ standing }: BatchAuction) => standing.leaderMaximum),
  runner_up_maximum_minor: column(amount, ({ standing }: BatchAuction) => standing.runnerUpMaximum),
  last_sequence: column(integer, ({ sequence }: BatchAuction) => sequence),
  last_hash: column(bytes, ({ hash }: BatchAuction) => hash),
};

const CLOSING = {
  closes_at: column(moment, ({ closesAtMs }: BatchAuction) => closesAtMs),
  extensions: column(integer, ({ extensions }: BatchAuction) => extensions),
};

const PLACE = { ctid: column(tid, ({ ctid }: LockedAuction) => ctid) };

const moveAuctions = rowStatement<LockedAuction>({
  name: 'move auctions',
  columns: { ...PLACE, ...STANDING },
  text: updateAuctions,
});

/** Apart, as the database looks closer at whoever changes a closing time. */
const extendAuctions = rowStatement<LockedAuction>({
  name: 'extend auctions',
  columns: { ...PLACE, ...STANDING, ...CLOSING },
  text: updateAuctions,
});

/** The batch holds the lock, so each row is still where it was: there is no need to look it up again. */
function updateAuctions(rows: string, columns: string): string {
  const changed = columns.split(', ').filter((name) => name !== 'ctid');
  return `UPDATE auction SET ${changes(changed)} FROM ${rows} WHERE auction.ctid = row.ctid`;
}

/** For the SET of an UPDATE from rows. */
export function changes(columns: readonly string[]): string {
  return columns.map((name) => `${name} = row.${name}`).join(', ');
}

/**
 * Buy it now ends the bidding, so the workflow must not sleep on. Only then: an INSERT into the outbox
 * notifies, and NOTIFY makes all commits wait for each other.
 */
function tellWorkflow(auctionId: string): Statement {
  const message = lookAgain(workflowIds.auction(auctionId));
  return {
    name: 'tell workflow',
    text: 'INSERT INTO outbox (workflow_id, message) VALUES ($1, $2)',
    values: [message.workflowId, JSON.stringify(message)],
  };
}
