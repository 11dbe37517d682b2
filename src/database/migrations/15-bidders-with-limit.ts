import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each batch of bids asks whether anybody has a spending limit. */
export class BiddersWithLimit1700000000015 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'CREATE INDEX bidder_with_limit ON bidder (id) WHERE spending_limit_minor IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX bidder_with_limit');
  }
}
