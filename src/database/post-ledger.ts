import type { EntityManager } from 'typeorm';
import type { Held, Posting } from '../domain/ledger.ts';
import { accounts } from '../domain/ledger.ts';

/** Writes a posting once: a second with the same kind and subject changes nothing. */
export async function post(tx: EntityManager, posting: Posting): Promise<boolean> {
  const written = await tx.query<{ id: number }[]>(
    `WITH transaction AS (
       INSERT INTO ledger_transaction (kind, subject_id, auction_id) VALUES ($1, $2, $3)
       ON CONFLICT (kind, subject_id) DO NOTHING RETURNING id
     )
     INSERT INTO ledger_entry (transaction_id, account, currency, amount_minor)
     SELECT id, account, $4, amount_minor FROM transaction,
       unnest($5::text[], $6::bigint[]) AS entry (account, amount_minor)
     RETURNING id`,
    [
      posting.kind,
      posting.subjectId,
      posting.auctionId,
      posting.currency,
      posting.entries.map(({ account }) => account),
      posting.entries.map(({ amountMinor }) => amountMinor),
    ],
  );
  return written.length > 0;
}

/** What is still held for a sale, from the entries themselves. */
export async function heldFor(
  tx: EntityManager,
  auctionId: string,
  sellerId: string,
): Promise<Held> {
  const [held] = await tx.query<[Held]>(
    `SELECT coalesce(sum(amount_minor) FILTER (WHERE account = $2), 0)::bigint AS "sellerMinor",
            coalesce(sum(amount_minor) FILTER (WHERE account = $3), 0)::bigint AS "houseMinor",
            coalesce(sum(amount_minor) FILTER (WHERE account LIKE $4), 0)::bigint
              AS "premiumTaxMinor"
     FROM ledger_entry JOIN ledger_transaction ON ledger_transaction.id = transaction_id
     WHERE auction_id = $1`,
    [auctionId, accounts.sellerHeld(sellerId), accounts.houseHeld, accounts.houseTaxHeld('%')],
  );
  return held;
}
