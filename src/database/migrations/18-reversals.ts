import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Money that PayPal takes back, gives back again, or takes beside a dispute's; and disputes about no known sale. */
export class Reversals1700000000018 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const part of [REVERSALS, DISPUTES, MOVEMENTS]) await runner.query(part);
  }

  async down(): Promise<void> {
    throw new Error('What PayPal has taken is not forgotten: restore a backup.');
  }
}

const REVERSALS = `
CREATE TABLE reversal (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  payment_id uuid NOT NULL REFERENCES payment,
  paypal_id text NOT NULL UNIQUE,
  event_type text NOT NULL,
  amount_minor bigint CHECK (amount_minor > 0),
  state text NOT NULL DEFAULT 'unexplained'
    CHECK (state IN ('unexplained', 'disputed', 'recorded', 'released')),
  explained_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((state = 'unexplained') = (explained_at IS NULL))
);
CREATE INDEX reversal_payment ON reversal (payment_id);
COMMENT ON TABLE reversal IS 'captured money that PayPal says it has taken back; unexplained, it stops the release';
COMMENT ON COLUMN reversal.paypal_id IS 'PayPal''s transaction where it names one, else its event';
COMMENT ON COLUMN reversal.state IS 'by a dispute, recorded as a loss from PayPal''s report, or released by a person';
`;

const DISPUTES = `
ALTER TABLE dispute ALTER COLUMN payment_id DROP NOT NULL;
COMMENT ON COLUMN dispute.payment_id IS 'null while PayPal names no payment that is known here';
ALTER TABLE dispute
  ADD COLUMN updated_at_paypal timestamptz,
  ADD COLUMN appealable boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN dispute.updated_at_paypal IS 'of the last answer that was taken in: an older one comes too late';
ALTER TABLE refund
  ADD COLUMN dispute_id uuid REFERENCES dispute,
  ADD COLUMN won_back_minor bigint NOT NULL DEFAULT 0,
  ADD CHECK (won_back_minor >= 0 AND won_back_minor <= amount_minor);
COMMENT ON COLUMN refund.dispute_id IS 'the dispute by whose loss PayPal gave it back';
COMMENT ON COLUMN refund.won_back_minor IS 'what of it came back after an appeal';
UPDATE refund SET dispute_id = dispute.id FROM dispute
 WHERE dispute.payment_id = refund.payment_id
   AND refund.reason = 'dispute ' || paypal_dispute_id || ' lost';
`;

const MOVEMENTS = `
CREATE TABLE dispute_movement (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  dispute_id uuid NOT NULL REFERENCES dispute,
  reason text NOT NULL,
  affected_party text NOT NULL,
  type text NOT NULL,
  amount_minor bigint NOT NULL,
  currency text NOT NULL,
  occurrence int NOT NULL,
  meaning text NOT NULL CHECK (meaning IN ('fee', 'unclear')),
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (dispute_id, reason, affected_party, type, amount_minor, currency, occurrence)
);
COMMENT ON TABLE dispute_movement IS 'what PayPal has moved because of a dispute beside the disputed money itself';
`;
