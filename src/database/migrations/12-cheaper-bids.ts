import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * PostgreSQL reads the text of a check, and of a trigger's condition, anew for each statement that meets
 * it: one check of a bid says what four said, and a bid that extends nothing meets no condition. Whom a
 * bidder belongs to is looked up by bidder, without knowing the sellers.
 */
export class CheaperBids1700000000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
ALTER TABLE bid
  DROP CONSTRAINT bid_check, DROP CONSTRAINT bid_check1, DROP CONSTRAINT bid_check2,
  DROP CONSTRAINT bid_kind_check,
  ADD CONSTRAINT bid_is_whole CHECK (
    CASE kind
      WHEN 'retraction' THEN num_nulls(maximum_minor, reserve_met) = 2 AND retracts_from IS NOT NULL
      ELSE kind IN ('bid', 'buy_now') AND num_nulls(maximum_minor, reserve_met) = 0
           AND retracts_from IS NULL
    END);

CREATE OR REPLACE TRIGGER auction_counts_change
  BEFORE UPDATE OF state, closes_at ON auction FOR EACH ROW
  WHEN (OLD.state <> NEW.state
        OR (OLD.closes_at <> NEW.closes_at AND OLD.last_sequence = NEW.last_sequence))
  EXECUTE FUNCTION count_change();

CREATE INDEX seller_associate_bidder ON seller_associate (bidder_id, seller_id);`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
DROP INDEX seller_associate_bidder;

ALTER TABLE bid
  DROP CONSTRAINT bid_is_whole,
  ADD CONSTRAINT bid_kind_check CHECK (kind IN ('bid', 'buy_now', 'retraction')),
  ADD CONSTRAINT bid_check CHECK ((maximum_minor IS NULL) = (kind = 'retraction')),
  ADD CONSTRAINT bid_check1 CHECK ((retracts_from IS NOT NULL) = (kind = 'retraction')),
  ADD CONSTRAINT bid_check2 CHECK ((reserve_met IS NULL) = (kind = 'retraction'));

CREATE OR REPLACE TRIGGER auction_counts_change BEFORE UPDATE ON auction FOR EACH ROW
  WHEN (OLD.state <> NEW.state
        OR (OLD.closes_at <> NEW.closes_at AND OLD.last_sequence = NEW.last_sequence))
  EXECUTE FUNCTION count_change();`);
  }
}
