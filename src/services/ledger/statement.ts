import type { EntityManager } from 'typeorm';
import type { PostingKind } from '../../domain/ledger/ledger.ts';
import type { Currency } from '../../domain/common/money.ts';
import { databaseNow } from '../../database/clock.ts';

export interface Period {
  readonly account: string;
  readonly currency: Currency;
  readonly from: Date;
  /** Not in it any more. */
  readonly to: Date;
}

export interface StatementEntry {
  readonly id: number;
  readonly transactionId: number;
  readonly kind: PostingKind;
  readonly auctionId: string | null;
  /** The other side, where there is only one. */
  readonly counterAccount: string | null;
  readonly reason: string | null;
  readonly amountMinor: number;
  readonly postedAt: Date;
}

/** Where the next page goes on: after this entry, with this balance. */
export interface Place {
  readonly entryId: number;
  readonly balanceMinor: number;
}

/**
 * Entries get their time while their accounts are locked, and never one that is earlier than what the
 * account has. So once nobody who is posting to the account is left from before, everything up to the
 * moment of asking has been committed, and an answer about it stays the same for ever. Waits for
 * that; answers undefined when a moment has not come yet.
 */
export async function settledUntil(
  manager: EntityManager,
  account: string,
  wanted?: Date,
): Promise<Date | undefined> {
  const now = await databaseNow(manager);
  const moment = wanted ?? now;
  if (moment > now) return undefined;
  // In the order in which those who post lock them.
  await manager.query('SELECT FROM ledger_balance WHERE account = $1 ORDER BY currency FOR SHARE', [
    account,
  ]);
  return moment;
}

/** What is held now: one row. */
export async function balanceNow(
  manager: EntityManager,
  account: string,
): Promise<{ currency: Currency; balanceMinor: number }[]> {
  return manager.query(
    `SELECT currency, balance_minor AS "balanceMinor" FROM ledger_balance
     WHERE account = $1 ORDER BY currency`,
    [account],
  );
}

/** The account's last entry before the day of a moment, and before the next day on which it moved. */
const MOST = '9223372036854775807';
const BEFORE_DAY = `day <= utc_day($3) ORDER BY day DESC LIMIT 1`;
const lastBeforeDay = `coalesce((SELECT last_entry_id FROM ledger_opening
  WHERE account = $1 AND currency = $2 AND ${BEFORE_DAY}), 0)`;
const lastOfDay = (moment: string) => `coalesce((SELECT last_entry_id FROM ledger_opening
  WHERE account = $1 AND currency = $2 AND day > utc_day(${moment}) ORDER BY day LIMIT 1), ${MOST})`;

/** What was held just before a moment: the balance with which its day began, and that day's entries. */
export async function balanceAt(
  manager: EntityManager,
  { account, currency, at }: { account: string; currency: string; at: Date },
): Promise<number> {
  const [{ balance }] = await manager.query<[{ balance: number }]>(
    `SELECT (
       coalesce((SELECT balance_minor FROM ledger_opening
                 WHERE account = $1 AND currency = $2 AND ${BEFORE_DAY}), 0)
       + coalesce((SELECT sum(amount_minor) FROM ledger_entry AS entry
                     JOIN ledger_transaction AS t ON t.id = transaction_id
                   WHERE account = $1 AND currency = $2 AND posted_at < $3::timestamptz
                     AND entry.id > ${lastBeforeDay} AND entry.id <= ${lastOfDay('$3')}), 0)
     )::bigint AS balance`,
    [account, currency, at],
  );
  return balance;
}

/** At most `limit` of a period's entries, in order. */
export async function entriesIn(
  manager: EntityManager,
  { account, currency, from, to }: Period,
  { limit, after }: { limit: number; after?: Place },
): Promise<StatementEntry[]> {
  return manager.query(
    `SELECT entry.id, transaction_id AS "transactionId", kind, auction_id AS "auctionId", reason,
            amount_minor AS "amountMinor", posted_at AS "postedAt", (
              SELECT min(account) FROM ledger_entry AS other
              WHERE other.transaction_id = entry.transaction_id AND other.id <> entry.id
              HAVING count(*) = 1
            ) AS "counterAccount"
     FROM ledger_entry AS entry JOIN ledger_transaction AS t ON t.id = transaction_id
     WHERE account = $1 AND currency = $2
       AND posted_at >= $3::timestamptz AND posted_at < $4::timestamptz
       AND entry.id > greatest(${lastBeforeDay}, $5::bigint) AND entry.id <= ${lastOfDay('$4')}
     ORDER BY entry.id LIMIT $6`,
    [account, currency, from, to, after?.entryId ?? 0, limit],
  );
}
