import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lines of outside lists that cannot be read, as they came. The raw text is JSON, but no jsonb: that
 * refuses NUL and half a surrogate, and rounds nothing away.
 */
export class UnreadLines1700000000020 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE unread_line (
        id uuid PRIMARY KEY DEFAULT uuidv7(),
        source text NOT NULL,
        -- The line's own name, else a hash of it.
        key text NOT NULL,
        raw text NOT NULL,
        reason text NOT NULL,
        -- The time that it is dated in, or in which the other side lists it; reading that again decides.
        from_at timestamptz,
        to_at timestamptz,
        first_seen_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now(),
        UNIQUE (source, key)
      );
      ALTER TABLE reconciliation_run ADD COLUMN unread_lines bigint;
      COMMENT ON COLUMN reconciliation_run.unread_lines
        IS 'how many lines could not be read when it ended: nothing is known of what they say';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE unread_line; ALTER TABLE reconciliation_run DROP COLUMN unread_lines;',
    );
  }
}
