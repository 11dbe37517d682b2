import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ledger against PayPal against ERP: what PayPal reported, the runs, what they found, the repairs. */
export class Reconciliation1700000000007 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const part of [MOVEMENTS, RUNS, DIFFERENCES, REPAIRS]) await runner.query(part);
  }

  async down(): Promise<void> {
    throw new Error('Who approved which repair is evidence: it is not taken back.');
  }
}

const guarded = (table: string) => `
CREATE TRIGGER ${table}_guard BEFORE INSERT OR UPDATE OF state ON ${table}
  FOR EACH ROW EXECUTE FUNCTION guard_state();
`;

/**
 * PayPal's report as it was read last, so that a sale can be compared whole without reading years of
 * it each day. One id may have two lines there, of which one moves the balance.
 */
const MOVEMENTS = `
CREATE TABLE paypal_transaction (
  transaction_id text NOT NULL,
  event_code text NOT NULL,
  status text NOT NULL,
  amount_minor bigint NOT NULL,
  currency text NOT NULL,
  fee_minor bigint NOT NULL,
  reference_id text,
  invoice_id text,
  custom_id text,
  payment_id uuid,
  initiated_at timestamptz NOT NULL,
  read_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (transaction_id, event_code)
);
CREATE INDEX paypal_transaction_payment ON paypal_transaction (payment_id);
CREATE INDEX paypal_transaction_time ON paypal_transaction (initiated_at);

CREATE INDEX payment_time ON payment (created_at);
CREATE INDEX ledger_transaction_time ON ledger_transaction (posted_at);
CREATE INDEX erp_document_time ON erp_document (created_at);
CREATE INDEX refund_auction ON refund (auction_id);
`;

const RUNS = `
CREATE TABLE reconciliation_run (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  schedule_key text UNIQUE,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'queued',
  -- The stretch of PayPal's report that this run has read, once it has.
  read_from timestamptz,
  read_to timestamptz,
  -- Sales are compared in the order of their ids, batch by batch.
  compared_to uuid,
  sales bigint NOT NULL DEFAULT 0,
  ledger_records bigint NOT NULL DEFAULT 0,
  paypal_records bigint NOT NULL DEFAULT 0,
  erp_records bigint NOT NULL DEFAULT 0,
  difference_count bigint,
  sum_of_differences text,
  failure_reason text,
  finished_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (to_at > from_at),
  CHECK ((read_from IS NULL) = (read_to IS NULL))
);
${guarded('reconciliation_run')}
`;

const DIFFERENCES = `
CREATE TABLE difference (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  auction_id uuid REFERENCES auction,
  side text NOT NULL,
  subject text NOT NULL,
  reference text NOT NULL,
  kind text NOT NULL,
  currency text NOT NULL,
  expected_minor bigint NOT NULL,
  found_minor bigint NOT NULL,
  detail text,
  state text NOT NULL DEFAULT 'open',
  assignee text,
  close_reason text,
  first_seen_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX difference_open ON difference (side, subject, reference, currency)
  WHERE state = 'open';
CREATE INDEX difference_identity ON difference (reference, id);
CREATE INDEX difference_auction ON difference (auction_id);
${guarded('difference')}

-- What a run found, as it found it: a difference may look otherwise tomorrow.
CREATE TABLE reconciliation_finding (
  run_id uuid NOT NULL REFERENCES reconciliation_run,
  difference_id uuid NOT NULL REFERENCES difference,
  kind text NOT NULL,
  currency text NOT NULL,
  expected_minor bigint NOT NULL,
  found_minor bigint NOT NULL,
  detail text,
  PRIMARY KEY (run_id, difference_id)
);
CREATE INDEX reconciliation_finding_difference ON reconciliation_finding (difference_id);
CREATE TRIGGER reconciliation_finding_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
  ON reconciliation_finding FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
`;

/** Four eyes, kept by the database, too: whoever proposed a repair has not approved it. */
const REPAIRS = `
CREATE TABLE repair (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  difference_id uuid NOT NULL REFERENCES difference,
  auction_id uuid NOT NULL REFERENCES auction,
  reason text NOT NULL,
  currency text NOT NULL,
  entries jsonb NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  proposed_by text NOT NULL,
  approved_by text CHECK (approved_by <> proposed_by),
  state text NOT NULL DEFAULT 'proposed',
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX repair_one_alive ON repair (difference_id) WHERE state <> 'withdrawn';
${guarded('repair')}
`;
