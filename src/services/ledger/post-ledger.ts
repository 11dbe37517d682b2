import type { EntityManager } from 'typeorm';
import type { Held, Posting } from '../../domain/ledger/ledger.ts';
import { accounts } from '../../domain/ledger/ledger.ts';

/**
 * Writes a posting once: a second with the same kind and subject changes nothing. Its accounts are
 * locked until the transaction ends.
 */
export async function post(tx: EntityManager, posting: Posting): Promise<boolean> {
  if (posting.entries.length === 0) return false;
  const names = posting.entries.map(({ account }) => account);
  const { postAt } = await lockAccounts(tx, posting.currency, names);
  const written = await tx.query<unknown[]>(
    `WITH transaction AS (
       INSERT INTO ledger_transaction (kind, subject_id, auction_id, posted_at, actor_id, reason,
                                       approved_by)
       VALUES ($1, $2, $3, $4, $5, $6, $10)
       ON CONFLICT (kind, subject_id) DO NOTHING RETURNING id
     )
     INSERT INTO ledger_entry (transaction_id, account, currency, amount_minor)
     SELECT id, account, $7, amount_minor FROM transaction,
       unnest($8::text[], $9::bigint[]) AS entry (account, amount_minor)
     RETURNING id`,
    [
      posting.kind,
      posting.subjectId,
      posting.auctionId,
      postAt,
      posting.by?.actorId,
      posting.by?.reason,
      posting.currency,
      names,
      posting.entries.map(({ amountMinor }) => amountMinor),
      posting.by?.approvedBy,
    ],
  );
  return written.length > 0;
}

/**
 * Locks accounts, which are opened if need be, and tells what they hold. From then on nobody else posts
 * to them, so what is posted at `postAt` comes after everything that they have had.
 */
export async function lockAccounts(
  tx: EntityManager,
  currency: string,
  names: readonly string[],
): Promise<{ balances: ReadonlyMap<string, number>; postAt: string }> {
  // Two passes, each in account order: whoever waits for an account that is just being opened has
  // locked none that its opener may still want.
  await tx.query(
    `INSERT INTO ledger_balance (account, currency, balance_minor)
     SELECT DISTINCT account, $1, 0 FROM unnest($2::text[]) AS account ORDER BY account
     ON CONFLICT DO NOTHING`,
    [currency, names],
  );
  const locked = await tx.query<{ account: string; balance_minor: number; post_at: string }[]>(
    `WITH locked AS (
       SELECT account, balance_minor, posted_at FROM ledger_balance
       WHERE currency = $1 AND account = ANY ($2) ORDER BY account FOR NO KEY UPDATE
     )
     SELECT account, balance_minor,
            greatest(clock_timestamp(), max(posted_at) OVER ())::text AS post_at
     FROM locked`,
    [currency, names],
  );
  return {
    balances: new Map(locked.map((each) => [each.account, each.balance_minor])),
    postAt: locked[0]!.post_at,
  };
}

/**
 * What is still held of a payment, from the entries themselves. A sale may have had another payment, which
 * came too late and goes back: what is held of that is not this one's.
 */
export async function heldFor(
  tx: EntityManager,
  auctionId: string,
  sellerId: string,
  paymentId: string,
): Promise<Held> {
  const [held] = await tx.query<[Held]>(
    `SELECT coalesce(sum(amount_minor) FILTER (WHERE account = $2), 0)::bigint AS "sellerMinor",
            coalesce(sum(amount_minor) FILTER (WHERE account = $3), 0)::bigint AS "houseMinor",
            coalesce(sum(amount_minor) FILTER (WHERE account LIKE $4), 0)::bigint
              AS "premiumTaxMinor"
     FROM ledger_transaction AS t
     JOIN ledger_transaction AS what ON what.id = coalesce(t.reverses, t.id)
     JOIN ledger_entry ON transaction_id = t.id
     WHERE t.auction_id = $1 AND what.subject_id NOT IN (
       SELECT id FROM payment WHERE auction_id = $1 AND id <> $5
       UNION ALL SELECT id FROM refund WHERE auction_id = $1 AND payment_id <> $5
       UNION ALL SELECT id FROM disbursement WHERE auction_id = $1 AND payment_id <> $5)`,
    [
      auctionId,
      accounts.sellerHeld(sellerId),
      accounts.houseHeld,
      accounts.houseTaxHeld('%'),
      paymentId,
    ],
  );
  return held;
}
