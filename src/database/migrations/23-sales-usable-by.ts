import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A sale is the house's: it says whose drafts may be put into it. */
export class SalesUsableBy1700000000023 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE sale ADD COLUMN usable_by jsonb NOT NULL DEFAULT '"operators"'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE sale DROP COLUMN usable_by');
  }
}
