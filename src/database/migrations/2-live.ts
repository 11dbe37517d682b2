import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What live streams need to know of changes that are no bids. */
export class Live1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CHANGES);
  }

  async down(): Promise<void> {
    throw new Error('Clients hold event ids that count changes: the count is not taken back.');
  }
}

/**
 * Every bid moves last_sequence, so neither condition is ever true for one: the bid transaction must
 * not notify, as NOTIFY makes all commits wait for each other.
 */
const CHANGES = `
ALTER TABLE auction ADD COLUMN changes integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN auction.changes IS 'of the state, and of the closing time other than by a bid';

CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.changes := OLD.changes + 1;
  PERFORM pg_notify('gavel_live', NEW.id::text);
  RETURN NEW;
END $$;
CREATE TRIGGER auction_counts_change BEFORE UPDATE ON auction FOR EACH ROW
  WHEN (OLD.state <> NEW.state
        OR (OLD.closes_at <> NEW.closes_at AND OLD.last_sequence = NEW.last_sequence))
  EXECUTE FUNCTION count_change();

CREATE FUNCTION announce_retraction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('gavel_live', NEW.auction_id::text);
  RETURN NULL;
END $$;
CREATE TRIGGER bid_announces_retraction AFTER INSERT ON bid FOR EACH ROW
  WHEN (NEW.kind = 'retraction') EXECUTE FUNCTION announce_retraction();
`;
