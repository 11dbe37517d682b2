import type { DataSource, EntityManager } from 'typeorm';
import type { Currency } from '../../domain/common/money.ts';
import type { Movement } from '../../domain/reconciliation/views.ts';

/** A line of PayPal's transaction report. */
export interface ReportedMovement extends Omit<Movement, 'paymentId' | 'initiatedAtMs'> {
  readonly referenceId: string | null;
  readonly initiatedAt: Date;
}

/**
 * Keeps what PayPal has reported; a line that is known is brought up to date. Which payment a line is
 * about is told by the id that we gave PayPal, the payment's or that of what a payout is for, else by the
 * capture that it refers to.
 */
export async function keepMovements(
  database: EntityManager | DataSource,
  lines: readonly ReportedMovement[],
): Promise<void> {
  if (lines.length === 0) return;
  await database.query(
    `WITH line AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::bigint[],
                            $7::text[], $8::text[], $9::text[], $10::timestamptz[])
         AS line (transaction_id, event_code, status, amount_minor, currency, fee_minor,
                  reference_id, invoice_id, custom_id, initiated_at)
     )
     INSERT INTO paypal_transaction (transaction_id, event_code, status, amount_minor, currency,
                                     fee_minor, reference_id, invoice_id, custom_id, initiated_at,
                                     payment_id)
     SELECT line.*, coalesce(
              (SELECT id FROM payment WHERE id = CASE WHEN custom_id ~ $11 THEN custom_id::uuid END),
              (SELECT payment_id FROM disbursement
               WHERE id = CASE WHEN custom_id ~ $11 THEN custom_id::uuid END),
              (SELECT payment_id FROM refund
               WHERE id = CASE WHEN custom_id ~ $11 THEN custom_id::uuid END),
              (SELECT id FROM payment WHERE capture_id = line.transaction_id),
              (SELECT id FROM payment WHERE capture_id = line.reference_id))
     FROM line
     ON CONFLICT (transaction_id, event_code) DO UPDATE
       SET status = EXCLUDED.status, amount_minor = EXCLUDED.amount_minor,
           fee_minor = EXCLUDED.fee_minor, payment_id = EXCLUDED.payment_id, read_at = now()`,
    [
      lines.map(({ transactionId }) => transactionId),
      lines.map(({ eventCode }) => eventCode),
      lines.map(({ status }) => status),
      lines.map(({ amountMinor }) => amountMinor),
      lines.map(({ currency }) => currency),
      lines.map(({ feeMinor }) => feeMinor),
      lines.map(({ referenceId }) => referenceId),
      lines.map(({ invoiceId }) => invoiceId),
      lines.map(({ customId }) => customId),
      lines.map(({ initiatedAt }) => initiatedAt),
      '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$',
    ],
  );
}

/** The one unbroken stretch of PayPal's report that has been read so far. */
export async function stretchRead(
  database: EntityManager | DataSource,
): Promise<{ from: Date; to: Date } | undefined> {
  const [{ from, to }] = await database.query<[{ from: Date | null; to: Date | null }]>(
    'SELECT min(read_from) AS "from", max(read_to) AS "to" FROM reconciliation_run',
  );
  return from && to ? { from, to } : undefined;
}

export interface MovementRow {
  transactionId: string;
  eventCode: string;
  status: Movement['status'];
  amountMinor: number;
  currency: Currency;
  feeMinor: number;
  invoiceId: string | null;
  customId: string | null;
  paymentId: string | null;
  initiatedAt: Date;
}

export const MOVEMENT_COLUMNS = `transaction_id AS "transactionId", event_code AS "eventCode",
  paypal_transaction.status, paypal_transaction.amount_minor AS "amountMinor",
  paypal_transaction.currency, fee_minor AS "feeMinor", invoice_id AS "invoiceId",
  custom_id AS "customId", payment_id AS "paymentId", initiated_at AS "initiatedAt"`;

export const asMovement = ({ initiatedAt, ...row }: MovementRow): Movement => ({
  ...row,
  initiatedAtMs: initiatedAt.getTime(),
});

/** Movements begun in a time that belong to no sale, and those found to be so before, page by page. */
export async function movementsOfNoSale(
  database: DataSource,
  { from, to }: { from: Date; to: Date },
  after: { transactionId: string; eventCode: string },
  limit: number,
): Promise<Movement[]> {
  const rows = await database.query<MovementRow[]>(
    `SELECT ${MOVEMENT_COLUMNS} FROM paypal_transaction
     WHERE payment_id IS NULL AND (transaction_id, event_code) > ($3, $4)
       AND (initiated_at >= $1 AND initiated_at < $2
            OR transaction_id IN (SELECT reference FROM difference
                                  WHERE state = 'open' AND auction_id IS NULL))
     ORDER BY transaction_id, event_code LIMIT $5`,
    [from, to, after.transactionId, after.eventCode, limit],
  );
  return rows.map(asMovement);
}
