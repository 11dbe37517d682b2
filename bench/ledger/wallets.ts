import type pg from 'pg';
import type { TransferRequest } from '../../src/services/wallet/transfer.ts';
import { accounts } from '../../src/domain/ledger/ledger.ts';
import { fresh } from '../support/auctions.ts';

/** So much that no arm ever has to refuse. */
export const HOLDING = 1_000_000_000_000;

const owner = (n: number) => `owner-${n}`;

/** Wallets in Gavel's own ledger and nothing else in it. Past the guards, as only a superuser can. */
export const freshWallets = (pool: pg.Pool, count: number): Promise<string[]> =>
  fresh(
    pool,
    [
      'TRUNCATE ledger_transaction, ledger_entry, ledger_balance, ledger_opening, transfer_refusal CASCADE',
    ],
    {
      text: `INSERT INTO ledger_balance (account, currency, balance_minor)
             SELECT $1 || n, 'EUR', $2 FROM generate_series(1, $3 + 1) AS n RETURNING account AS id`,
      values: [accounts.wallet('owner-'), HOLDING, count],
    },
  );

let keys = 0;

export const transferBetween = (from: number, to: number): TransferRequest => ({
  senderId: owner(from),
  recipientId: owner(to),
  currency: 'EUR',
  amountMinor: 1 + Math.floor(Math.random() * 100),
  note: null,
  idempotencyKey: `bench-${++keys}`,
});

/** The first thing that is wrong after an arm, or nothing. */
export async function brokenWallets(pool: pg.Pool, made: number): Promise<string | undefined> {
  const { rows } = await pool.query<Record<'off' | 'unbalanced' | 'transfers', number>>(
    `SELECT (SELECT count(*) FROM ledger_transaction WHERE kind = 'transfer') AS transfers, (
       SELECT count(*) FROM ledger_balance AS kept
       WHERE balance_minor < 0 OR balance_minor <> $1 + coalesce((
         SELECT sum(amount_minor) FROM ledger_entry AS entry
         WHERE entry.account = kept.account AND entry.currency = kept.currency), 0)
     ) AS off, (
       SELECT count(*) FROM (
         SELECT FROM ledger_entry GROUP BY transaction_id
         HAVING sum(amount_minor) <> 0 OR count(*) <> 2) AS each
     ) AS unbalanced`,
    [HOLDING],
  );
  const { off, unbalanced, transfers } = rows[0]!;
  if (off > 0) return `${off} wallets do not hold the sum of their entries`;
  if (unbalanced > 0) return `${unbalanced} transfers are out of balance`;
  return transfers === made
    ? undefined
    : `${made} transfers were made, ${transfers} are in the ledger`;
}
