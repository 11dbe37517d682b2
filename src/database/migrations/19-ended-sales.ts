import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The payee is fixed with the order; the house can end a sale; late money is known by its order; and of
 * one piece at most one payment is kept.
 */
export class EndedSales1700000000019 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
ALTER TABLE payment
  ADD COLUMN payee_merchant_id text,
  ADD COLUMN end_reason text,
  ADD COLUMN end_next boolean NOT NULL DEFAULT false,
  ADD COLUMN refusal_for text CHECK (refusal_for IN ('buyer', 'seller', 'operator'));
COMMENT ON COLUMN payment.payee_merchant_id
  IS 'the seller''s PayPal account when the order was opened: every later call uses it';
COMMENT ON COLUMN payment.end_reason
  IS 'why an operator wants the sale to end, should PayPal turn out not to have taken the money';
COMMENT ON COLUMN payment.end_next IS 'whether the piece then goes on to the next bidder';
UPDATE payment SET payee_merchant_id = seller.paypal_merchant_id
  FROM seller WHERE seller.id = seller_id AND (paypal_order_id IS NOT NULL OR captured_at IS NOT NULL);
UPDATE payment SET refusal_for = CASE WHEN state IN ('created', 'approved') AND refusals = 0
                                      THEN 'operator' ELSE 'buyer' END
 WHERE refusal_reason IS NOT NULL;
ALTER TABLE payment
  ADD CHECK (paypal_order_id IS NULL OR payee_merchant_id IS NOT NULL),
  ADD CONSTRAINT payment_withdrawn_recovers_nothing
    CHECK (recovery_minor = 0 OR state <> 'withdrawn');
CREATE UNIQUE INDEX payment_one_kept ON payment (auction_id)
  WHERE state IN ('captured', 'partially_refunded');

-- An order that another has followed, and that PayPal has not forgotten: money may yet come by it.
CREATE TABLE abandoned_order (
  paypal_order_id text PRIMARY KEY,
  payment_id uuid NOT NULL REFERENCES payment,
  payee_merchant_id text NOT NULL,
  held_by text NOT NULL
);
CREATE INDEX abandoned_order_payment ON abandoned_order (payment_id);

ALTER TABLE refund ADD COLUMN give_up_reason text;
COMMENT ON COLUMN refund.give_up_reason
  IS 'why a person wants it to end, should PayPal turn out not to have it';`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
ALTER TABLE refund DROP COLUMN give_up_reason;
DROP TABLE abandoned_order;
DROP INDEX payment_one_kept;
ALTER TABLE payment DROP CONSTRAINT payment_withdrawn_recovers_nothing,
  DROP COLUMN payee_merchant_id, DROP COLUMN end_reason, DROP COLUMN end_next,
  DROP COLUMN refusal_for;`);
  }
}
