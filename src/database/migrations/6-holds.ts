import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is known of money that PayPal holds for longer than it should. */
export class Holds1700000000006 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ALARM);
    await runner.query(DISPUTES);
  }

  async down(): Promise<void> {
    throw new Error('What operators were told is not untold: restore a backup.');
  }
}

const ALARM = `
ALTER TABLE disbursement
  ADD COLUMN alarm_at timestamptz,
  ADD COLUMN alarm text,
  ADD COLUMN next_try_at timestamptz;
UPDATE disbursement SET alarm_at = last_safe_at - interval '2 days';
ALTER TABLE disbursement ALTER COLUMN alarm_at SET NOT NULL;
COMMENT ON COLUMN disbursement.alarm IS 'why the money has not left, once a person had to be told';
COMMENT ON COLUMN disbursement.next_try_at IS 'when PayPal is asked again without a person''s doing';
`;

const DISPUTES = `
ALTER TABLE dispute
  ADD COLUMN stage text,
  ADD COLUMN status_at_paypal text,
  ADD COLUMN amount_minor bigint,
  ADD COLUMN respond_until timestamptz,
  ADD COLUMN outcome text,
  ADD COLUMN lost_minor bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN dispute.respond_until IS 'by when PayPal wants to hear the seller, while it waits for that';
`;
