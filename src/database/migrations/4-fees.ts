import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tax on the buyer's premium by the buyer's region; PayPal's fee when the house bears it. */
export class Fees1700000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SHARES);
  }

  async down(): Promise<void> {
    throw new Error('What was collected as tax is not forgotten: restore a backup.');
  }
}

const SHARES = `
-- Not a column of bidder: every bid locks a bidder's row there, and few bidders have one.
CREATE TABLE bidder_region (
  bidder_id text PRIMARY KEY,
  region text
);
COMMENT ON COLUMN bidder_region.region IS 'ISO 3166 country or subdivision; null: not known';

ALTER TABLE payment
  ADD COLUMN premium_tax_minor bigint NOT NULL DEFAULT 0 CHECK (premium_tax_minor >= 0),
  ADD COLUMN premium_tax_region text,
  -- PayPal's fee, when the house bears it.
  ADD COLUMN seller_credit_minor bigint CHECK (seller_credit_minor IN (0, paypal_fee_minor)),
  ADD CHECK (premium_tax_region IS NOT NULL OR premium_tax_minor = 0),
  -- The shares add up to the whole, whoever writes them.
  ADD CHECK (amount_minor = hammer_price_minor + buyers_premium_minor + premium_tax_minor),
  ADD CHECK (platform_fee_minor
             = buyers_premium_minor + sellers_commission_minor + premium_tax_minor);
`;
