import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a seller owes the house is netted from what the house pays the seller next. */
export class Netting1700000000010 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(NETTED);
  }

  async down(): Promise<void> {
    throw new Error('What was netted was not paid out: restore a backup.');
  }
}

const NETTED = `
ALTER TABLE disbursement
  ADD COLUMN netted_minor bigint NOT NULL DEFAULT 0 CHECK (netted_minor >= 0),
  -- PayPal pays out all of what it holds, or nothing.
  ADD CHECK (held_by = 'house' OR netted_minor = 0);
COMMENT ON COLUMN disbursement.netted_minor
  IS 'how much of it is kept for what the seller owes the house; decided when a release begins';
-- A release looks at what the seller's other releases under way have reserved.
CREATE INDEX disbursement_netting ON disbursement (seller_id)
  WHERE netted_minor > 0 AND state IN ('releasing', 'unknown');
`;
