import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Bidders rely on what an auction was created with, and so does whoever replays its log of bids. A bid
 * changes none of these columns, so it pays nothing for the trigger.
 */
export class TermsStay1700000000014 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
CREATE FUNCTION refuse_new_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the terms of auction % stay: cancel it and create another', OLD.id
    USING ERRCODE = 'GV002';
END $$;
CREATE TRIGGER auction_terms_stay
  BEFORE UPDATE OF id, lot_id, seller_id, policy_name, policy_version, currency, start_price_minor,
                   reserve_minor, buy_now_minor
  ON auction FOR EACH ROW
  WHEN ((OLD.id, OLD.lot_id, OLD.seller_id, OLD.policy_name, OLD.policy_version, OLD.currency,
         OLD.start_price_minor, OLD.reserve_minor, OLD.buy_now_minor)
        IS DISTINCT FROM
        (NEW.id, NEW.lot_id, NEW.seller_id, NEW.policy_name, NEW.policy_version, NEW.currency,
         NEW.start_price_minor, NEW.reserve_minor, NEW.buy_now_minor))
  EXECUTE FUNCTION refuse_new_terms();`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
DROP TRIGGER auction_terms_stay ON auction;
DROP FUNCTION refuse_new_terms();`);
  }
}
