import type { DataSource } from 'typeorm';

export interface Range {
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
}

/**
 * Sales with which something happened on any side: their buyer was asked to pay, money moved here or at
 * PayPal, a document was written; and those in which a difference is open, whatever their age.
 */
const TOUCHED = `
  SELECT auction_id FROM payment WHERE created_at >= $1 AND created_at < $2
  UNION SELECT auction_id FROM ledger_transaction
         WHERE posted_at >= $1 AND posted_at < $2 AND auction_id IS NOT NULL
  UNION SELECT auction_id FROM erp_document WHERE created_at >= $1 AND created_at < $2
  UNION SELECT payment.auction_id FROM paypal_transaction JOIN payment ON payment.id = payment_id
         WHERE initiated_at >= $1 AND initiated_at < $2
  UNION SELECT auction_id FROM difference WHERE state = 'open' AND auction_id IS NOT NULL`;

/** The next sales to compare, in the order of their ids. */
export async function nextSales(
  database: DataSource,
  { from, to }: Range,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const rows = await database.query<{ auction_id: string }[]>(
    `SELECT auction_id FROM (${TOUCHED}) AS touched
     WHERE $3::uuid IS NULL OR auction_id > $3 ORDER BY auction_id LIMIT $4`,
    [from, to, after, limit],
  );
  return rows.map(({ auction_id }) => auction_id);
}

/** When the first money of these sales was taken; their movements at PayPal begin there. */
export async function firstCaptureOf(
  database: DataSource,
  { from, to }: Range,
): Promise<Date | null> {
  const [{ at }] = await database.query<[{ at: Date | null }]>(
    `SELECT min(captured_at) AS at FROM payment
     WHERE auction_id IN (${TOUCHED})`,
    [from, to],
  );
  return at;
}
