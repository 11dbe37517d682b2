import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A genuine message is kept as the bytes that came, whatever they are. `body` is what of them the database
 * can hold, and is read; what is nobody's is `ignored`, not dead.
 */
export class InboxAsItCame1700000000021 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE inbox
        ADD COLUMN raw bytea,
        ADD COLUMN resource_id text
          GENERATED ALWAYS AS (left(body #>> '{resource,id}', 255)) STORED,
        ADD COLUMN order_id text
          GENERATED ALWAYS AS (left(body #>> '{resource,supplementary_data,related_ids,order_id}', 255))
          STORED,
        DROP CONSTRAINT inbox_state_check,
        ADD CONSTRAINT inbox_state_check
          CHECK (state IN ('waiting', 'dispatched', 'ignored', 'dead'));
      COMMENT ON COLUMN inbox.raw IS 'the body of the request; null for what came before it was kept';
      CREATE INDEX inbox_order ON inbox (order_id) WHERE order_id IS NOT NULL;
      -- What PayPal has said of our refunds and releases, beside what we have posted.
      CREATE TABLE paypal_figure (
        subject text NOT NULL,
        reference text NOT NULL,
        payment_id uuid NOT NULL REFERENCES payment,
        currency text NOT NULL,
        expected_minor bigint NOT NULL,
        said_minor bigint NOT NULL,
        said_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (subject, reference)
      );
      CREATE INDEX paypal_figure_differs ON paypal_figure (payment_id)
        WHERE expected_minor <> said_minor;
      CREATE INDEX inbox_ignored ON inbox (id) WHERE state = 'ignored';
    `);
  }

  async down(): Promise<void> {
    throw new Error('What came as bytes is evidence: it is not taken back.');
  }
}
