import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who was not offered a piece although they had bid, or lost the offer, and why. */
export class PassedOver1700000000022 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE TABLE passed_over (
  auction_id uuid NOT NULL REFERENCES auction,
  bidder_id text NOT NULL,
  reason text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (auction_id, bidder_id)
);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE passed_over;');
  }
}
