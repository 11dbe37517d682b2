import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Since when PayPal may have paid what the house refunds: until then the house may still think better of it. */
export class PayoutAsked1700000000013 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE refund
        ADD COLUMN payout_asked_at timestamptz,
        ADD CHECK (way = 'payout' OR payout_asked_at IS NULL);
      COMMENT ON COLUMN refund.payout_asked_at
        IS 'the first request for the house''s payout that PayPal may have taken on';
      -- What is under way may have been asked for.
      UPDATE refund SET payout_asked_at =
          (SELECT max(at) FROM transition WHERE subject_id = refund.id AND event = 'stepIn')
       WHERE way = 'payout' AND state IN ('paying', 'unknown');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE refund DROP COLUMN payout_asked_at;');
  }
}
