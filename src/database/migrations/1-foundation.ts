import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Foundation1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const part of [LIFECYCLES, SALES, MONEY, ERP_AND_REPORTS, LEDGER, MESSAGES]) {
      await runner.query(part);
    }
  }

  async down(): Promise<void> {
    throw new Error('The foundation is not undone: restore a backup, or drop the database.');
  }
}

/** Decision 2: the database refuses an edge that is not in the table, and records every one that is. */
const LIFECYCLES = `
CREATE TABLE lifecycle (
  name text PRIMARY KEY,
  initial text NOT NULL
);

CREATE TABLE lifecycle_edge (
  lifecycle text NOT NULL REFERENCES lifecycle,
  from_state text NOT NULL,
  event text NOT NULL,
  to_state text NOT NULL,
  actors text[] NOT NULL,
  PRIMARY KEY (lifecycle, from_state, event)
);

CREATE TABLE transition (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject_kind text NOT NULL,
  subject_id uuid NOT NULL,
  from_state text,
  to_state text NOT NULL,
  event text NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  reason text,
  workflow_id text,
  correlation_id text,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX transition_subject ON transition (subject_id, id);
CREATE INDEX transition_correlation ON transition (correlation_id) WHERE correlation_id IS NOT NULL;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: correct it with a new row', TG_TABLE_NAME
    USING ERRCODE = 'GV002';
END $$;

CREATE TRIGGER transition_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transition
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The cause of a change is the JSON in gavel.cause, set for the transaction by changeState(). A change
-- made by hand has none: it must still follow an edge, and is recorded as the database user's.
CREATE FUNCTION guard_state() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  cause jsonb := coalesce(nullif(current_setting('gavel.cause', true), '')::jsonb, '{}');
  old_state text := CASE TG_OP WHEN 'UPDATE' THEN OLD.state END;
  edge lifecycle_edge;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (SELECT FROM lifecycle WHERE name = TG_TABLE_NAME AND initial = NEW.state) THEN
      RAISE EXCEPTION '% cannot begin as %', TG_TABLE_NAME, NEW.state USING ERRCODE = 'GV001';
    END IF;
    edge.event := 'begin';
  ELSIF NEW.state = OLD.state THEN
    RETURN NEW;
  ELSE
    SELECT * INTO edge FROM lifecycle_edge
     WHERE lifecycle = TG_TABLE_NAME AND from_state = OLD.state AND to_state = NEW.state
       AND event = coalesce(cause->>'event', event)
     LIMIT 1;
    IF NOT FOUND THEN
      RAISE EXCEPTION '% % cannot go from % to % by %', TG_TABLE_NAME, NEW.id, OLD.state, NEW.state,
        coalesce(cause->>'event', 'hand') USING ERRCODE = 'GV001';
    END IF;
    IF cause ? 'actorKind' AND NOT cause->>'actorKind' = ANY (edge.actors) THEN
      RAISE EXCEPTION '% of % % is not for a % to cause', edge.event, TG_TABLE_NAME, NEW.id,
        cause->>'actorKind' USING ERRCODE = 'GV001';
    END IF;
  END IF;
  INSERT INTO transition (subject_kind, subject_id, from_state, to_state, event, actor_kind, actor_id,
                          reason, workflow_id, correlation_id)
  VALUES (TG_TABLE_NAME, NEW.id, old_state, NEW.state, edge.event,
          coalesce(cause->>'actorKind', 'database'), coalesce(cause->>'actorId', session_user),
          cause->>'reason', cause->>'workflowId', cause->>'correlationId');
  RETURN NEW;
END $$;
`;

const guarded = (table: string) => `
CREATE TRIGGER ${table}_guard BEFORE INSERT OR UPDATE OF state ON ${table}
  FOR EACH ROW EXECUTE FUNCTION guard_state();
`;

const SALES = `
CREATE TABLE policy (
  name text NOT NULL,
  version integer NOT NULL,
  document jsonb NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (name, version)
);
CREATE TRIGGER policy_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON policy
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE seller (
  id text PRIMARY KEY,
  name text NOT NULL,
  paypal_merchant_id text NOT NULL,
  is_house boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- R11: whoever belongs to a seller does not bid on that seller's pieces.
CREATE TABLE seller_associate (
  seller_id text NOT NULL REFERENCES seller,
  bidder_id text NOT NULL,
  PRIMARY KEY (seller_id, bidder_id)
);

-- Only bidders about whom the house has decided something have a row. With a spending limit the row
-- counts the maxima with which the bidder leads; whoever changes a leader changes it, too.
CREATE TABLE bidder (
  id text PRIMARY KEY,
  blocked_reason text,
  spending_limit_minor bigint CHECK (spending_limit_minor >= 0),
  spending_currency text,
  committed_minor bigint NOT NULL DEFAULT 0,
  CHECK ((spending_limit_minor IS NULL) = (spending_currency IS NULL)),
  CHECK (committed_minor >= 0)
) WITH (fillfactor = 60);

CREATE TABLE sale (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  title text NOT NULL,
  approval_required boolean NOT NULL DEFAULT false,
  deposit_minor bigint CHECK (deposit_minor > 0),
  -- Lots close this many seconds apart, in the order in which they were added.
  stagger_seconds integer NOT NULL DEFAULT 0 CHECK (stagger_seconds BETWEEN 0 AND 86400),
  first_closes_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE sale_bidder (
  sale_id uuid NOT NULL REFERENCES sale,
  bidder_id text NOT NULL,
  approved boolean NOT NULL DEFAULT false,
  deposit_minor bigint NOT NULL DEFAULT 0 CHECK (deposit_minor >= 0),
  PRIMARY KEY (sale_id, bidder_id)
);

CREATE TABLE lot (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  seller_id text NOT NULL REFERENCES seller,
  title text NOT NULL,
  description text NOT NULL DEFAULT '',
  commodity_code text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Every bid rewrites the row of its auction: keep it narrow, leave room in the page, and put no index
-- on what a bid changes, so that the update stays within the page.
CREATE TABLE auction (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  lot_id uuid NOT NULL REFERENCES lot,
  sale_id uuid REFERENCES sale,
  seller_id text NOT NULL,
  policy_name text NOT NULL,
  policy_version integer NOT NULL,
  currency text NOT NULL,
  start_price_minor bigint NOT NULL CHECK (start_price_minor > 0),
  reserve_minor bigint CHECK (reserve_minor > 0),
  buy_now_minor bigint CHECK (buy_now_minor > 0),
  opens_at timestamptz NOT NULL,
  closes_at timestamptz NOT NULL,
  extensions integer NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'draft',
  price_minor bigint NOT NULL,
  leader_id text,
  leader_maximum_minor bigint,
  runner_up_maximum_minor bigint,
  last_sequence integer NOT NULL DEFAULT 0,
  last_hash bytea,
  closed_at timestamptz,
  unsold_reason text,
  created_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (policy_name, policy_version) REFERENCES policy (name, version),
  CHECK (closes_at > opens_at)
) WITH (fillfactor = 60);
CREATE INDEX auction_seller ON auction (seller_id);
CREATE INDEX auction_lot ON auction (lot_id);
CREATE INDEX auction_sale ON auction (sale_id) WHERE sale_id IS NOT NULL;
${guarded('auction')}

-- An auction that no longer takes bids commits nobody any more.
CREATE FUNCTION release_commitment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE bidder SET committed_minor = committed_minor - NEW.leader_maximum_minor
   WHERE id = NEW.leader_id AND spending_currency = NEW.currency;
  RETURN NULL;
END $$;
CREATE TRIGGER auction_releases_commitment AFTER UPDATE OF state ON auction FOR EACH ROW
  WHEN (OLD.state IN ('open', 'paused') AND NEW.state NOT IN ('open', 'paused')
        AND NEW.leader_id IS NOT NULL)
  EXECUTE FUNCTION release_commitment();

-- The log of what was accepted: sequence without gaps per auction, each entry with a hash over itself
-- and the entry before. A retraction removes the bidder's bids from retracts_from on, and is an entry.
CREATE TABLE bid (
  auction_id uuid NOT NULL REFERENCES auction,
  sequence integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('bid', 'buy_now', 'retraction')),
  bidder_id text NOT NULL,
  maximum_minor bigint CHECK ((maximum_minor IS NULL) = (kind = 'retraction')),
  retracts_from integer CHECK ((retracts_from IS NOT NULL) = (kind = 'retraction')),
  entered_by text,
  hash bytea NOT NULL,
  idempotency_key text NOT NULL,
  placed_at timestamptz NOT NULL,
  price_minor bigint NOT NULL,
  leader_id text,
  closes_at timestamptz NOT NULL,
  answer jsonb NOT NULL,
  PRIMARY KEY (auction_id, sequence),
  UNIQUE (bidder_id, idempotency_key)
);
CREATE TRIGGER bid_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bid
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was refused, so that a repeated request gets the answer that it got at first.
CREATE TABLE bid_refusal (
  bidder_id text NOT NULL,
  idempotency_key text NOT NULL,
  auction_id uuid NOT NULL,
  maximum_minor bigint NOT NULL,
  refused_at timestamptz NOT NULL,
  answer jsonb NOT NULL,
  PRIMARY KEY (bidder_id, idempotency_key)
);

CREATE TABLE offer (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  auction_id uuid NOT NULL REFERENCES auction,
  bidder_id text NOT NULL,
  rank integer NOT NULL,
  kind text NOT NULL CHECK (kind IN ('winner', 'second_chance')),
  currency text NOT NULL,
  price_minor bigint NOT NULL CHECK (price_minor > 0),
  answer_until timestamptz,
  state text NOT NULL DEFAULT 'extended',
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (auction_id, rank),
  UNIQUE (auction_id, bidder_id)
);
CREATE UNIQUE INDEX offer_one_alive ON offer (auction_id) WHERE state IN ('extended', 'accepted', 'paid');
CREATE INDEX offer_bidder ON offer (bidder_id);
${guarded('offer')}

-- What a person should hear of; the shop front shows it.
CREATE TABLE notice (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  recipient_id text NOT NULL,
  kind text NOT NULL,
  subject_id uuid NOT NULL,
  occasion integer NOT NULL DEFAULT 1,
  text text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (recipient_id, kind, subject_id, occasion)
);
`;

const MONEY = `
CREATE TABLE payment (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  offer_id uuid NOT NULL UNIQUE REFERENCES offer,
  auction_id uuid NOT NULL REFERENCES auction,
  bidder_id text NOT NULL,
  seller_id text NOT NULL REFERENCES seller,
  currency text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  hammer_price_minor bigint NOT NULL,
  buyers_premium_minor bigint NOT NULL,
  sellers_commission_minor bigint NOT NULL,
  platform_fee_minor bigint NOT NULL,
  paypal_fee_minor bigint,
  payout_minor bigint,
  refunded_minor bigint NOT NULL DEFAULT 0,
  pay_until timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'created',
  paypal_order_id text UNIQUE,
  approve_url text,
  capture_id text UNIQUE,
  captured_at timestamptz,
  refusals integer NOT NULL DEFAULT 0,
  refusal_reason text,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (refunded_minor BETWEEN 0 AND amount_minor)
);
CREATE INDEX payment_auction ON payment (auction_id);
${guarded('payment')}

CREATE TABLE disbursement (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  payment_id uuid NOT NULL UNIQUE REFERENCES payment,
  auction_id uuid NOT NULL REFERENCES auction,
  seller_id text NOT NULL REFERENCES seller,
  currency text NOT NULL,
  amount_minor bigint NOT NULL,
  state text NOT NULL DEFAULT 'held',
  arrived_at timestamptz,
  due_at timestamptz NOT NULL,
  last_safe_at timestamptz NOT NULL,
  auto_release_at timestamptz NOT NULL,
  hold_reason text,
  failure_reason text,
  failures integer NOT NULL DEFAULT 0,
  payout_item_id text,
  released_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX disbursement_auction ON disbursement (auction_id);
${guarded('disbursement')}

CREATE TABLE refund (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  payment_id uuid NOT NULL REFERENCES payment,
  auction_id uuid NOT NULL REFERENCES auction,
  currency text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  reason text NOT NULL,
  state text NOT NULL DEFAULT 'requested',
  paypal_refund_id text UNIQUE,
  failure_reason text,
  completed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX refund_payment ON refund (payment_id);
${guarded('refund')}

CREATE TABLE dispute (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  payment_id uuid NOT NULL REFERENCES payment,
  paypal_dispute_id text NOT NULL UNIQUE,
  dispute_reason text NOT NULL,
  state text NOT NULL DEFAULT 'open',
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX dispute_payment ON dispute (payment_id);
${guarded('dispute')}
`;

const ERP_AND_REPORTS = `
CREATE TABLE erp_document (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  kind text NOT NULL,
  subject_id uuid NOT NULL,
  auction_id uuid NOT NULL REFERENCES auction,
  revision integer NOT NULL DEFAULT 1,
  body jsonb NOT NULL,
  state text NOT NULL DEFAULT 'pending',
  erp_reference text,
  rejection jsonb,
  failure_reason text,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (kind, subject_id)
);
CREATE INDEX erp_document_auction ON erp_document (auction_id);
CREATE INDEX erp_document_open ON erp_document (state, id) WHERE state <> 'acknowledged';
${guarded('erp_document')}

CREATE TABLE report_run (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  report text NOT NULL,
  parameters jsonb NOT NULL,
  schedule_key text UNIQUE,
  state text NOT NULL DEFAULT 'queued',
  blob_name text,
  url text,
  bytes bigint,
  row_count bigint,
  sha256 text,
  failure_reason text,
  stored_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
${guarded('report_run')}
`;

/** Decision 6: balanced, append-only, and checked by the database itself. */
const LEDGER = `
CREATE TABLE ledger_transaction (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL,
  subject_id uuid NOT NULL,
  auction_id uuid NOT NULL REFERENCES auction,
  posted_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (kind, subject_id)
);
CREATE INDEX ledger_transaction_auction ON ledger_transaction (auction_id);

CREATE TABLE ledger_entry (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction_id bigint NOT NULL REFERENCES ledger_transaction,
  account text NOT NULL,
  currency text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor <> 0)
);
CREATE INDEX ledger_entry_transaction ON ledger_entry (transaction_id);
CREATE INDEX ledger_entry_account ON ledger_entry (account, currency, id);

CREATE TABLE ledger_balance (
  account text NOT NULL,
  currency text NOT NULL,
  balance_minor bigint NOT NULL,
  PRIMARY KEY (account, currency)
) WITH (fillfactor = 60);

CREATE TRIGGER ledger_transaction_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
  ON ledger_transaction FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_entry_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
  ON ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION check_ledger_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  off record;
BEGIN
  SELECT currency, sum(amount_minor) AS rest INTO off FROM ledger_entry
   WHERE transaction_id = NEW.transaction_id GROUP BY currency HAVING sum(amount_minor) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'ledger transaction % is out of balance by % % (minor units)',
      NEW.transaction_id, off.rest, off.currency USING ERRCODE = 'GV003';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_entry_balances AFTER INSERT ON ledger_entry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_ledger_balance();

-- Balances are kept by the statement that adds the entries, in account order against deadlocks.
CREATE FUNCTION keep_ledger_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_balance AS balance (account, currency, balance_minor)
  SELECT account, currency, sum(amount_minor) FROM added GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (account, currency)
  DO UPDATE SET balance_minor = balance.balance_minor + EXCLUDED.balance_minor;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_keeps_balance AFTER INSERT ON ledger_entry
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION keep_ledger_balance();
`;

/** Decision 4: messages between PostgreSQL and the outside are stored first. */
const MESSAGES = `
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  workflow_id text NOT NULL,
  message jsonb NOT NULL,
  correlation_id text,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'relayed', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_waiting ON outbox (id) WHERE state = 'waiting';
CREATE INDEX outbox_order ON outbox (workflow_id, id) WHERE state = 'waiting';
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';

CREATE TABLE inbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  provider text NOT NULL,
  event_id text NOT NULL,
  event_type text NOT NULL,
  body jsonb NOT NULL,
  correlation_id text,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'dispatched', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  deliveries integer NOT NULL DEFAULT 1,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (provider, event_id)
);
CREATE INDEX inbox_waiting ON inbox (id) WHERE state = 'waiting';
CREATE INDEX inbox_dead ON inbox (id) WHERE state = 'dead';

-- Tells the relay at once; it also looks by itself, should the notification be lost.
CREATE FUNCTION announce_message() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('gavel_' || TG_TABLE_NAME, '');
  RETURN NULL;
END $$;
CREATE TRIGGER outbox_announces AFTER INSERT ON outbox
  FOR EACH STATEMENT EXECUTE FUNCTION announce_message();
CREATE TRIGGER inbox_announces AFTER INSERT ON inbox
  FOR EACH STATEMENT EXECUTE FUNCTION announce_message();

CREATE TABLE idempotency_record (
  subject text NOT NULL,
  key text NOT NULL,
  request_hash text NOT NULL,
  answer jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (subject, key)
);
CREATE INDEX idempotency_record_age ON idempotency_record (created_at);
`;
