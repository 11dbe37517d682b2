import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Up to when PayPal has been asked what its webhooks may have failed to say. */
export class Poll1700000000009 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE paypal_poll (
        subject text PRIMARY KEY,
        read_to timestamptz NOT NULL
      );
      CREATE INDEX paypal_transaction_refund ON paypal_transaction (initiated_at)
        WHERE event_code = 'T1107';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX paypal_transaction_refund; DROP TABLE paypal_poll;');
  }
}
