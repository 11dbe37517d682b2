import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What people edit is in the audit log, with before and after; notices have boxes, and can be closed. */
export class Edits1700000000024 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const part of [AUDIT, ...EDITED.map(recorded), POSTED_BY_HAND, KEYS, NOTICES]) {
      await runner.query(part);
    }
  }

  async down(): Promise<void> {
    throw new Error('Who changed what is evidence: it is not taken back.');
  }
}

/**
 * Beside changes of state the log gets changes of rows, by a trigger, so that a hand-written statement is
 * recorded, too. The cause is in gavel.cause, as for changes of state.
 */
const AUDIT = `
ALTER TABLE transition
  ALTER COLUMN subject_id TYPE text,
  ALTER COLUMN to_state DROP NOT NULL,
  ADD COLUMN before jsonb,
  ADD COLUMN after jsonb;
CREATE INDEX transition_actor ON transition (actor_id, id);

CREATE FUNCTION record_edit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  cause jsonb := coalesce(nullif(current_setting('gavel.cause', true), '')::jsonb, '{}');
  old_row jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) - 'committed_minor' END;
  new_row jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) - 'committed_minor' END;
  subject text;
BEGIN
  IF TG_TABLE_NAME = 'policy' THEN
    SELECT to_jsonb(earlier) INTO old_row FROM policy AS earlier
     WHERE name = NEW.name AND version < NEW.version ORDER BY version DESC LIMIT 1;
  END IF;
  IF old_row IS NOT DISTINCT FROM new_row THEN RETURN NULL; END IF;
  SELECT string_agg(coalesce(new_row, old_row)->>name, '/' ORDER BY place) INTO subject
    FROM unnest(string_to_array(TG_ARGV[2], ',')) WITH ORDINALITY AS id (name, place);
  INSERT INTO transition (subject_kind, subject_id, event, before, after, actor_kind, actor_id, reason,
                          workflow_id, correlation_id)
  VALUES (TG_ARGV[0], subject,
          CASE WHEN old_row IS NULL THEN 'create' WHEN new_row IS NULL THEN 'delete' ELSE 'change' END
            || TG_ARGV[1],
          old_row, new_row,
          coalesce(cause->>'actorKind', 'database'), coalesce(cause->>'actorId', session_user),
          cause->>'reason', cause->>'workflowId', cause->>'correlationId');
  RETURN NULL;
END $$;

CREATE FUNCTION refuse_truncation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is not emptied at once: DELETE its rows, which is recorded', TG_TABLE_NAME
    USING ERRCODE = 'GV002';
END $$;
`;

interface Edited {
  readonly table: string;
  readonly subject: string;
  /** What of the subject a row of the table is, where it is not the whole. */
  readonly part?: string;
  readonly id: string;
  /** Where others change often: bids count what of a limit is used. */
  readonly columns?: string;
}

const EDITED: readonly Edited[] = [
  {
    table: 'bidder',
    subject: 'bidder',
    id: 'id',
    columns: 'id, blocked_reason, spending_limit_minor, spending_currency',
  },
  { table: 'bidder_region', subject: 'bidder', part: ' region', id: 'bidder_id' },
  { table: 'seller', subject: 'seller', id: 'id' },
  { table: 'seller_associate', subject: 'seller', part: ' associate', id: 'seller_id' },
  { table: 'policy', subject: 'policy', id: 'name' },
  { table: 'sale', subject: 'sale', id: 'id' },
  { table: 'sale_bidder', subject: 'admission', id: 'sale_id,bidder_id' },
];

const recorded = ({ table, subject, part = '', id, columns }: Edited) => `
CREATE TRIGGER ${table}_edits
  AFTER INSERT OR DELETE OR UPDATE ${columns === undefined ? '' : `OF ${columns}`} ON ${table}
  FOR EACH ROW EXECUTE FUNCTION record_edit('${subject}', '${part}', '${id}');
CREATE TRIGGER ${table}_is_not_truncated BEFORE TRUNCATE ON ${table}
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncation();
`;

/** Transfers follow each other by thousands, and repairs have their own lifecycle. */
const POSTED_BY_HAND = `
CREATE TRIGGER ledger_transaction_edits AFTER INSERT ON ledger_transaction FOR EACH ROW
  WHEN (NEW.kind IN ('reversal', 'credit', 'receipt'))
  EXECUTE FUNCTION record_edit('ledger_transaction', '', 'id');
`;

/** A key is a caller's in a role: an operator's answer is not for the bidder of the same name. */
const KEYS = `
ALTER TABLE idempotency_record
  ADD COLUMN role text NOT NULL DEFAULT '',
  DROP CONSTRAINT idempotency_record_pkey,
  ADD PRIMARY KEY (subject, role, key);
`;

/** A box that people share is not named as a person is. */
const NOTICES = `
ALTER TABLE notice
  ADD COLUMN recipient_kind text NOT NULL DEFAULT 'person'
    CHECK (recipient_kind IN ('person', 'operators', 'finance')),
  ADD COLUMN closed_at timestamptz,
  ADD COLUMN closed_by text,
  ADD COLUMN close_reason text,
  DROP CONSTRAINT notice_recipient_id_kind_subject_id_occasion_cause_key;
UPDATE notice SET recipient_kind = 'operators' WHERE recipient_id = 'operators';
ALTER TABLE notice
  ADD UNIQUE (recipient_kind, recipient_id, kind, subject_id, occasion, cause);
CREATE INDEX notice_open_subject ON notice (subject_id) WHERE closed_at IS NULL;
COMMENT ON COLUMN notice.closed_by IS 'the person who closed it; null: what it was about is over';
CREATE TRIGGER notice_edits AFTER UPDATE OF closed_at ON notice FOR EACH ROW
  WHEN (NEW.closed_by IS NOT NULL) EXECUTE FUNCTION record_edit('notice', '', 'id');
`;
