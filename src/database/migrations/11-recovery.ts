import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The house refunds in a seller's stead, and recovers it from the money that PayPal holds next. */
export class Recovery1700000000011 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const part of [PAYER, HOUSE_PAYS, RECOVERY]) await runner.query(part);
  }

  async down(): Promise<void> {
    throw new Error('What the house has paid and recovered is not forgotten: restore a backup.');
  }
}

const PAYER = `
ALTER TABLE payment ADD COLUMN payer_id text;
COMMENT ON COLUMN payment.payer_id
  IS 'PayPal''s id of the account that has paid; known from the approval on, shown to nobody';
`;

const HOUSE_PAYS = `
ALTER TABLE refund
  ADD COLUMN way text NOT NULL DEFAULT 'refund' CHECK (way IN ('refund', 'payout')),
  ADD COLUMN payout_batch_id text UNIQUE,
  -- PayPal has an id for each refund of a capture; a payout is none.
  ADD CHECK (way = 'payout' OR payout_batch_id IS NULL),
  ADD CHECK (way = 'refund' OR paypal_refund_id IS NULL);
COMMENT ON COLUMN refund.way
  IS 'by a refund of the capture, or by the house''s own payout to the buyer';
`;

const RECOVERY = `
ALTER TABLE payment
  ADD COLUMN recovery_minor bigint NOT NULL DEFAULT 0 CHECK (recovery_minor >= 0),
  -- What comes to nothing recovers nothing: another sale may.
  ADD CHECK (recovery_minor = 0 OR state NOT IN ('expired', 'declined'));
COMMENT ON COLUMN payment.recovery_minor
  IS 'by how much the platform fee is raised for what the seller owes the house; reserved when the order is opened';
-- Whoever reserves looks at what the seller's other open orders have reserved.
CREATE INDEX payment_recovery ON payment (seller_id)
  WHERE recovery_minor > 0 AND captured_at IS NULL;
`;
