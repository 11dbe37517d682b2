import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Four eyes: one person proposes, another approves, and the database refuses one who does both. */
export class Approvals1700000000025 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(APPROVALS);
    await runner.query(POSTINGS);
  }

  async down(): Promise<void> {
    throw new Error('Who approved what is evidence: it is not taken back.');
  }
}

const APPROVALS = `
CREATE TABLE approval (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  kind text NOT NULL CHECK (kind IN ('store_credit', 'ledger_reversal', 'payee_change')),
  subject_id text NOT NULL,
  request jsonb NOT NULL,
  reason text NOT NULL,
  proposed_by text NOT NULL,
  expires_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'proposed',
  decided_by text,
  decision_reason text,
  decided_at timestamptz,
  outcome jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT approval_by_another
    CHECK (state <> 'approved' OR (decided_by IS NOT NULL AND decided_by <> proposed_by))
);
CREATE UNIQUE INDEX approval_one_open ON approval (kind, subject_id)
  WHERE state = 'proposed' AND kind <> 'store_credit';
CREATE INDEX approval_open ON approval (expires_at) WHERE state = 'proposed';
CREATE TRIGGER approval_guard BEFORE INSERT OR UPDATE OF state ON approval
  FOR EACH ROW EXECUTE FUNCTION guard_state();

-- What somebody approves is what somebody else has proposed.
CREATE FUNCTION refuse_new_proposal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what has been proposed stays: withdraw approval % and propose anew', OLD.id
    USING ERRCODE = 'GV002';
END $$;
CREATE TRIGGER approval_stays
  BEFORE UPDATE OF id, kind, subject_id, request, reason, proposed_by ON approval FOR EACH ROW
  WHEN ((OLD.id, OLD.kind, OLD.subject_id, OLD.request, OLD.reason, OLD.proposed_by)
        IS DISTINCT FROM
        (NEW.id, NEW.kind, NEW.subject_id, NEW.request, NEW.reason, NEW.proposed_by))
  EXECUTE FUNCTION refuse_new_proposal();
`;

/** A reversal has a second person from now on; those of before have none. */
const POSTINGS = `
ALTER TABLE ledger_transaction
  ADD COLUMN approved_by text,
  ADD CONSTRAINT ledger_transaction_by_another CHECK (approved_by <> actor_id),
  ADD CONSTRAINT ledger_transaction_reversal_is_approved
    CHECK (kind <> 'reversal' OR approved_by IS NOT NULL) NOT VALID;
COMMENT ON COLUMN ledger_transaction.approved_by IS 'the second person, where two are needed';
`;
