import type pg from 'pg';
import { fresh } from '../support/auctions.ts';
import { HOLDING } from './wallets.ts';
import { SKEW } from './zipf.ts';

/**
 * A transfer as it is usually written: two rows updated, two inserted. No transaction record, no
 * idempotency key, no refusal, no proof that the entries balance.
 */
const PLAIN = `
CREATE SCHEMA plain;
CREATE TABLE plain.account (
  id integer PRIMARY KEY,
  balance_minor bigint NOT NULL CHECK (balance_minor >= 0)
) WITH (fillfactor = 60);
CREATE TABLE plain.entry (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id integer NOT NULL,
  amount_minor bigint NOT NULL,
  posted_at timestamptz NOT NULL DEFAULT now()
);
`;

export const createPlain = (pool: pg.Pool) => pool.query(PLAIN);

/** With the ids from 1 to the count, and one more, which is the hot one. */
export const freshPlainAccounts = (pool: pg.Pool, count: number): Promise<string[]> =>
  fresh(pool, ['TRUNCATE plain.account, plain.entry'], {
    text: `INSERT INTO plain.account SELECT id, $1 FROM generate_series(1, $2 + 1) AS id RETURNING id`,
    values: [HOLDING, count],
  });

/** In id order against deadlocks: the hot row has the last id, so that it is held for the shortest time. */
const TRANSFER = `\\set amount random(1, 100)
\\set taken -:amount
\\set low least(:from, :to)
\\set high greatest(:from, :to)
\\set to_low CASE WHEN :low = :to THEN :amount ELSE :taken END
\\set to_high -:to_low
BEGIN;
UPDATE plain.account SET balance_minor = balance_minor + :to_low WHERE id = :low;
UPDATE plain.account SET balance_minor = balance_minor + :to_high WHERE id = :high;
INSERT INTO plain.entry (account_id, amount_minor) VALUES (:from, :taken);
INSERT INTO plain.entry (account_id, amount_minor) VALUES (:to, :amount);
END;
`;

export const plainHot = (count: number): string => `\\set from ${count} + 1
\\set to random(1, ${count})
${TRANSFER}`;

export const plainSpread = (
  count: number,
): string => `\\set from random_zipfian(1, ${count}, ${SKEW})
\\set drawn random_zipfian(1, ${count}, ${SKEW})
\\set to CASE WHEN :drawn = :from THEN 1 + :drawn % ${count} ELSE :drawn END
${TRANSFER}`;

export async function brokenPlain(pool: pg.Pool, made: number): Promise<string | undefined> {
  const { rows } = await pool.query<{ off: number; entries: number }>(
    `SELECT (SELECT count(*) FROM plain.entry) AS entries, (
       SELECT count(*) FROM plain.account AS account WHERE balance_minor <> $1 + coalesce((
         SELECT sum(amount_minor) FROM plain.entry WHERE account_id = account.id), 0)
     ) AS off`,
    [HOLDING],
  );
  const { off, entries } = rows[0]!;
  if (off > 0) return `${off} accounts do not hold the sum of their entries`;
  // A client's last transaction may have been committed without being counted.
  return entries < 2 * made ? `${made} transfers, ${entries} entries` : undefined;
}
