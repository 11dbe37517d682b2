import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Corrections and statements of the ledger, and wallets in it. */
export class Wallets1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const part of [CORRECTIONS, BALANCES, ENTRIES, WALLETS]) await runner.query(part);
  }

  async down(): Promise<void> {
    throw new Error('Money in wallets is not taken back: restore a backup.');
  }
}

/** A person who posts leaves a name and a reason. What was posted is undone by its exact opposite, once. */
const CORRECTIONS = `
ALTER TABLE ledger_transaction
  ALTER COLUMN auction_id DROP NOT NULL,
  ALTER COLUMN posted_at SET DEFAULT clock_timestamp(),
  ADD COLUMN actor_id text,
  ADD COLUMN reason text,
  ADD COLUMN reverses bigint REFERENCES ledger_transaction,
  ADD CHECK ((kind = 'reversal') = (reverses IS NOT NULL)),
  ADD CHECK (reverses IS NULL OR actor_id IS NOT NULL AND reason IS NOT NULL);
COMMENT ON COLUMN ledger_transaction.actor_id IS 'the person who posted it; null for workflows';

CREATE UNIQUE INDEX ledger_transaction_reverses ON ledger_transaction (reverses)
  WHERE reverses IS NOT NULL;
DROP INDEX ledger_transaction_auction;
CREATE INDEX ledger_transaction_auction ON ledger_transaction (auction_id)
  WHERE auction_id IS NOT NULL;

CREATE FUNCTION check_ledger_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT account, currency, amount_minor FROM ledger_entry WHERE transaction_id = NEW.reverses
             EXCEPT ALL
             SELECT account, currency, -amount_minor FROM ledger_entry WHERE transaction_id = NEW.id)
     OR (SELECT count(*) FROM ledger_entry WHERE transaction_id = NEW.reverses)
        <> (SELECT count(*) FROM ledger_entry WHERE transaction_id = NEW.id) THEN
    RAISE EXCEPTION 'ledger transaction % is not the opposite of %', NEW.id, NEW.reverses
      USING ERRCODE = 'GV005';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_transaction_reverses AFTER INSERT ON ledger_transaction
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.reverses IS NOT NULL)
  EXECUTE FUNCTION check_ledger_reversal();
`;

/**
 * The balances of now, and those with which a day began: with these, a balance as of any time takes
 * the entries of one day. Only the ledger's own triggers write them.
 */
const BALANCES = `
ALTER TABLE ledger_balance
  ADD COLUMN last_entry_id bigint,
  ADD COLUMN posted_at timestamptz,
  ADD CONSTRAINT ledger_balance_covers_wallet
    CHECK (balance_minor >= 0 OR NOT starts_with(account, 'wallet:'));
COMMENT ON COLUMN ledger_balance.posted_at IS 'of the latest entry';

UPDATE ledger_balance AS balance SET last_entry_id = latest.id, posted_at = latest.posted_at
  FROM (SELECT account, currency, max(entry.id) AS id, max(posted_at) AS posted_at
          FROM ledger_entry AS entry JOIN ledger_transaction AS t ON t.id = transaction_id
         GROUP BY 1, 2) AS latest
 WHERE latest.account = balance.account AND latest.currency = balance.currency;

CREATE TABLE ledger_opening (
  account text NOT NULL,
  currency text NOT NULL,
  day date NOT NULL,
  balance_minor bigint NOT NULL,
  last_entry_id bigint NOT NULL,
  PRIMARY KEY (account, currency, day)
);
COMMENT ON TABLE ledger_opening IS 'what an account held when a day (UTC) began, for days on which it moved';
COMMENT ON COLUMN ledger_opening.last_entry_id IS 'the account''s last entry before the day';

CREATE FUNCTION refuse_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% follows from the entries: post a ledger transaction', TG_TABLE_NAME
    USING ERRCODE = 'GV002';
END $$;
CREATE TRIGGER ledger_balance_follows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_balance
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_balance();
-- An account may be opened, with nothing in it.
CREATE TRIGGER ledger_balance_begins BEFORE INSERT ON ledger_balance
  FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND NEW.balance_minor <> 0)
  EXECUTE FUNCTION refuse_balance();
CREATE TRIGGER ledger_opening_follows BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ledger_opening
  FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_balance();
`;

/**
 * One pass over the entries of a statement instead of a check of each. Entries that add up to nothing
 * cannot bring their transaction out of balance; one for which they do not is looked at again at the
 * commit.
 *
 * An account's entries follow each other in time as they do by id, and what is posted is of now: so
 * nothing is ever added before an entry that somebody has read.
 */
const ENTRIES = `
CREATE TABLE ledger_unbalanced (transaction_id bigint PRIMARY KEY);
COMMENT ON TABLE ledger_unbalanced IS 'to be looked at at the commit; empty outside of transactions';

DROP TRIGGER ledger_entry_balances ON ledger_entry;
CREATE OR REPLACE FUNCTION check_ledger_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  off record;
BEGIN
  SELECT currency, sum(amount_minor) AS rest INTO off FROM ledger_entry
   WHERE transaction_id = NEW.transaction_id GROUP BY currency HAVING sum(amount_minor) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger transaction % is out of balance by % % (minor units)',
      NEW.transaction_id, off.rest, off.currency USING ERRCODE = 'GV003';
  END IF;
  DELETE FROM ledger_unbalanced WHERE transaction_id = NEW.transaction_id;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_transaction_balances AFTER INSERT ON ledger_unbalanced
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_ledger_balance();

CREATE FUNCTION utc_day(moment timestamptz) RETURNS date LANGUAGE sql IMMUTABLE
  RETURN (moment AT TIME ZONE 'UTC')::date;

-- post() has locked the accounts in their order. Who writes by hand and has not may have to try again.
CREATE OR REPLACE FUNCTION keep_ledger_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wrong record;
BEGIN
  INSERT INTO ledger_unbalanced
  SELECT DISTINCT transaction_id FROM (
    SELECT transaction_id FROM added GROUP BY transaction_id, currency HAVING sum(amount_minor) <> 0
  ) AS off
  ON CONFLICT DO NOTHING;

  INSERT INTO ledger_balance (account, currency, balance_minor)
  SELECT DISTINCT account, currency, 0 FROM added WHERE NOT EXISTS (
    SELECT FROM ledger_balance AS known
     WHERE known.account = added.account AND known.currency = added.currency
  ) ORDER BY 1, 2
  ON CONFLICT DO NOTHING;

  WITH sums AS (
    SELECT account, currency, sum(amount_minor) AS total, min(added.id) AS first_id,
           max(added.id) AS last_id, min(posted_at) AS first_at, max(posted_at) AS last_at
      FROM added JOIN ledger_transaction AS t ON t.id = transaction_id GROUP BY 1, 2
  ), moved AS (
    UPDATE ledger_balance AS balance
       SET balance_minor = balance_minor + total, last_entry_id = last_id, posted_at = last_at
      FROM sums WHERE balance.account = sums.account AND balance.currency = sums.currency
    RETURNING WITH (OLD AS before) sums.*, before.balance_minor AS before_minor,
              before.last_entry_id AS before_id, before.posted_at AS before_at
  ), opened AS (
    INSERT INTO ledger_opening (account, currency, day, balance_minor, last_entry_id)
    SELECT account, currency, utc_day(last_at), before_minor, before_id
      FROM moved WHERE utc_day(before_at) < utc_day(last_at)
  )
  SELECT account, currency INTO wrong FROM moved
   WHERE first_at < now() OR before_id > first_id OR before_at > first_at
      OR utc_day(first_at) <> utc_day(last_at)
   LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entries of account % (%) would not come last: lock its balance, then post anew',
      wrong.account, wrong.currency USING ERRCODE = 'GV004';
  END IF;
  RETURN NULL;
END $$;
`;

/** Transfers are ledger transactions. What was refused is kept, so that a repeat is refused again. */
const WALLETS = `
CREATE TABLE transfer_refusal (
  id uuid PRIMARY KEY,
  sender_id text NOT NULL,
  recipient_id text NOT NULL,
  currency text NOT NULL,
  amount_minor bigint NOT NULL,
  note text,
  available_minor bigint NOT NULL,
  refused_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
`;
