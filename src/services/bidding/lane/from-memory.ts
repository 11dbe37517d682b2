import { arrayOf, moment, text, uuid, valueOf, xid } from '../../../database/lanes/columns.ts';
import { column, rowStatement } from '../../../database/lanes/row-statement.ts';
import type { Row, Statement } from '../../../database/lanes/statements.ts';
import { answersOf } from './answer.ts';
import { MOST_APART_MS } from './auction-memory.ts';
import { distinct, keyRows, keysOf, nothingDecided } from './circumstances.ts';
import type { BatchAuction } from './lock-auctions.ts';
import type { BidAnswer, BidRequest } from './request.ts';
import { appendEntries, changes, keepRefusals, STANDING } from './write-batch.ts';

/**
 * Answers from auctions as they are remembered, of bidders about whom the house has decided nothing. The
 * statements lock the auctions by writing them, and then end the transaction if any of this is not so.
 */
export function answerFromMemory(
  bids: readonly BidRequest[],
  auctions: readonly BatchAuction[],
): { answers: BidAnswer[]; writes: Statement[] } {
  const people = peopleOf(bids, auctions);
  const byId = new Map(auctions.map((auction) => [auction.id, auction]));
  const { answers, entries, refusals } = answersOf(bids, byId, nothingDecided());
  const refused = refusals.map(({ request }) => request);
  const writes = [
    ...moveRemembered(auctions),
    stillSo({ bids, refused, people, auctions }),
    ...appendEntries(entries),
    ...keepRefusals(refusals),
  ];
  return { answers, writes };
}

/** Who bids, and who leads: to be outbid frees what a limit counts. */
const peopleOf = (bids: readonly BidRequest[], auctions: readonly BatchAuction[]): string[] =>
  distinct([
    ...bids.map(({ bidderId }) => bidderId),
    ...auctions.flatMap(({ standing }) => standing.leader ?? []),
  ]);

/** Those too in which nothing was accepted: the refusals, too, hang on what they are. */
const moveRemembered = rowStatement<BatchAuction>({
  name: 'move remembered auctions',
  columns: {
    id: column(uuid, ({ id }) => id),
    version: column(xid, ({ transaction }) => transaction),
    ...STANDING,
  },
  text: (rows) => `
WITH row AS (SELECT * FROM ${rows}), moved AS (
  UPDATE auction SET ${changes(Object.keys(STANDING))}
  FROM row WHERE auction.id = row.id AND auction.xmin = row.version
  RETURNING 1
)
SELECT must_hold((SELECT count(*) FROM moved) = (SELECT count(*) FROM row))`,
});

/**
 * Asked once the auctions are locked. By the clock nobody is late, as none was taken that ends so soon. A
 * bid that is accepted now and was accepted before needs no look: its key is unique.
 */
const STILL_SO = `
SELECT must_hold(
         abs(date_part('epoch', $7::timestamptz - clock_timestamp())) < ${MOST_APART_MS / 1_000}
         AND NOT EXISTS (
           SELECT FROM ${keyRows(1, 2)} JOIN bid_refusal USING (bidder_id, idempotency_key))
         AND NOT EXISTS (
           SELECT FROM ${keyRows(3, 4)} JOIN bid USING (bidder_id, idempotency_key))
         AND NOT EXISTS (
           SELECT FROM bidder
           WHERE id = ANY ($5) AND (blocked_reason IS NOT NULL OR spending_limit_minor IS NOT NULL))
         AND NOT EXISTS (SELECT FROM seller_associate WHERE bidder_id = ANY ($5))
         AND NOT EXISTS (
           SELECT FROM sale
           WHERE id = ANY ($6) AND (approval_required OR deposit_minor IS NOT NULL))),
       pg_current_xact_id()::xid`;

/** The auctions after the commit, by what the statements have found: stillSo() is the second. */
export function writtenNow(
  auctions: readonly BatchAuction[],
  [, found]: readonly Row[][],
): readonly BatchAuction[] {
  const [, transaction] = found![0]!;
  for (const auction of auctions) {
    auction.changed = true;
    auction.transaction = transaction!;
  }
  return auctions;
}

function stillSo(given: {
  readonly bids: readonly BidRequest[];
  readonly refused: readonly BidRequest[];
  readonly people: readonly string[];
  readonly auctions: readonly BatchAuction[];
}): Statement {
  const { bids, refused, people, auctions } = given;
  const sales = distinct(auctions.flatMap(({ saleId }) => saleId ?? []));
  return {
    name: 'still so',
    text: STILL_SO,
    values: [
      ...keysOf(bids),
      ...keysOf(refused),
      arrayOf(text, people),
      arrayOf(uuid, sales),
      valueOf(moment, auctions[0]!.nowMs),
    ],
  };
}
