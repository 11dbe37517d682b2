import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the payment side keeps beyond an order and its capture. */
export class Payments1700000000005 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const part of [NOTICES, ORDERS, HOUSE_HOLDS]) await runner.query(part);
  }

  async down(): Promise<void> {
    throw new Error(
      'Notices that differ in their cause alone could not be kept: restore a backup.',
    );
  }
}

/** A payment may need several orders: PayPal forgets one after hours, and a declined one is over. */
const ORDERS = `
ALTER TABLE payment
  ADD COLUMN order_number integer NOT NULL DEFAULT 1,
  ADD COLUMN order_opened_at timestamptz,
  ADD COLUMN order_ended_at timestamptz,
  ADD COLUMN pending_reason text,
  ADD COLUMN authorise_first boolean NOT NULL DEFAULT false;
`;

/** PayPal does not hold money for every seller: then the house may, in its own account. */
const HOUSE_HOLDS = `
ALTER TABLE seller ADD COLUMN delayed_disbursement boolean NOT NULL DEFAULT true;
ALTER TABLE payment
  ADD COLUMN held_by text NOT NULL DEFAULT 'paypal' CHECK (held_by IN ('paypal', 'house'));
ALTER TABLE disbursement
  ADD COLUMN held_by text NOT NULL DEFAULT 'paypal' CHECK (held_by IN ('paypal', 'house'));
`;

/** Operators hear once of each cause for which PayPal refuses a thing, however often it is tried. */
const NOTICES = `
ALTER TABLE notice
  ALTER COLUMN subject_id TYPE text,
  ADD COLUMN cause text NOT NULL DEFAULT '',
  DROP CONSTRAINT notice_recipient_id_kind_subject_id_occasion_key,
  ADD UNIQUE (recipient_id, kind, subject_id, occasion, cause);
`;
