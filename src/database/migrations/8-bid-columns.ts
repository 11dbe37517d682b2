import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The answer to a bid is what its columns say, not a copy of it in JSON; and a bid looks its auction up
 * once, in the lock of its batch, not again for each row.
 */
export class BidColumns1700000000008 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const part of [ANSWERS, AUCTIONS_STAY]) await runner.query(part);
  }

  async down(): Promise<void> {
    throw new Error('The answers in JSON are gone: restore a backup.');
  }
}

const ANSWERS = `
ALTER TABLE bid ADD COLUMN reserve_met boolean;
ALTER TABLE bid DISABLE TRIGGER bid_is_append_only;
UPDATE bid SET reserve_met = (answer->>'reserveMet')::boolean WHERE kind <> 'retraction';
ALTER TABLE bid ENABLE TRIGGER bid_is_append_only;
ALTER TABLE bid DROP COLUMN answer,
  ADD CHECK ((reserve_met IS NULL) = (kind = 'retraction'));

ALTER TABLE bid_refusal
  ADD COLUMN code text,
  ADD COLUMN minimum_bid_minor bigint,
  ADD COLUMN maximum_bid_minor bigint;
UPDATE bid_refusal SET code = answer->>'code',
                       minimum_bid_minor = (answer->>'minimumBidMinor')::bigint,
                       maximum_bid_minor = (answer->>'maximumBidMinor')::bigint;
ALTER TABLE bid_refusal ALTER COLUMN code SET NOT NULL, DROP COLUMN answer;
`;

/**
 * The foreign key of a bid cost a look-up for each row, of an auction that its batch had just locked.
 * What it kept, that no auction with bids goes away, one trigger keeps for all auctions.
 */
const AUCTIONS_STAY = `
ALTER TABLE bid DROP CONSTRAINT bid_auction_id_fkey,
  ADD FOREIGN KEY (auction_id) REFERENCES auction NOT ENFORCED;

CREATE FUNCTION refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% rows are never removed: cancel instead', TG_TABLE_NAME USING ERRCODE = 'GV002';
END $$;
CREATE TRIGGER auction_stays BEFORE DELETE OR TRUNCATE ON auction
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_removal();
`;
