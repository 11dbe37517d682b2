import type { DataSource, EntityManager } from 'typeorm';
import { lookAgain, workflowIds, type WorkflowMessage } from '../../workflows/messages.ts';
import type { Payment } from '../../database/entities/index.ts';
import { newsOfPayment } from '../payment/late-payment.ts';
import { OPERATORS } from '../../database/notices.ts';
import type { RefundSeen } from './paypal-news.ts';

type PollSubject = 'disputes' | 'transactions';

/** Up to when PayPal has been asked about a subject; undefined when it never was. */
export async function polledTo(
  database: DataSource,
  subject: PollSubject,
): Promise<Date | undefined> {
  const [row] = await database.query<{ at: Date }[]>(
    'SELECT read_to AS at FROM paypal_poll WHERE subject = $1',
    [subject],
  );
  return row?.at;
}

export async function keepPolledTo(
  database: DataSource,
  subject: PollSubject,
  to: Date,
): Promise<void> {
  await database.query(
    `INSERT INTO paypal_poll VALUES ($1, $2)
     ON CONFLICT (subject) DO UPDATE SET read_to = greatest(paypal_poll.read_to, EXCLUDED.read_to)`,
    [subject, to],
  );
}

/**
 * The refunds of our sales in PayPal's report since then that are none of ours, oldest first. One of ours
 * that PayPal made when it was past it is told once (see tellRefundedAfterAll), and is then for people.
 */
export function unknownRefunds(
  database: DataSource,
  since: Date,
): Promise<(RefundSeen & { paymentId: string })[]> {
  return database.query(
    `SELECT transaction_id AS "paypalRefundId", payment_id AS "paymentId", invoice_id AS "invoiceId",
            -amount_minor AS "amountMinor", currency
     FROM paypal_transaction
     WHERE event_code = 'T1107' AND initiated_at >= $1
       AND payment_id IS NOT NULL AND amount_minor < 0 AND status <> 'denied'
       AND NOT EXISTS (SELECT FROM refund WHERE paypal_refund_id = transaction_id)
       AND NOT EXISTS (SELECT FROM notice WHERE recipient_kind = $2 AND kind = 'refund_unclear'
                         AND subject_id = invoice_id AND cause = transaction_id)
     ORDER BY initiated_at, transaction_id`,
    [since, OPERATORS.box],
  );
}

/** Those whose money has moved at PayPal since then, and who still wait for it. */
export async function livesBehind(tx: EntityManager, since: Date): Promise<WorkflowMessage[]> {
  const rows = await tx.query<{ life: 'disbursement' | 'refund' | 'dispute'; id: string }[]>(
    `WITH line AS (SELECT * FROM paypal_transaction WHERE initiated_at >= $1)
     SELECT 'disbursement' AS life, disbursement.id::text FROM line JOIN disbursement USING (payment_id)
      WHERE (event_code = 'T2108' OR event_code = 'T0001' AND line.amount_minor < 0)
        AND disbursement.state IN ('releasing', 'unknown')
     UNION SELECT 'refund', refund.id::text FROM line JOIN refund USING (payment_id)
      WHERE event_code = 'T0001' AND custom_id = refund.id::text
        AND refund.state IN ('paying', 'unknown')
     UNION SELECT 'dispute', paypal_dispute_id FROM line JOIN dispute USING (payment_id)
      WHERE event_code IN ('T1106', 'T1201', 'T1202') AND dispute.state IN ('open', 'appealed')`,
    [since],
  );
  const others = rows.map(({ life, id }) => lookAgain(workflowIds[life](id)));
  return [...(await paymentsBehind(tx, since)), ...others];
}

/** Money has come for them, which is not recorded; they may have ended. */
async function paymentsBehind(tx: EntityManager, since: Date): Promise<WorkflowMessage[]> {
  type Row = Pick<Payment, 'id' | 'auctionId' | 'sellerId' | 'state'> & { transactionId: string };
  const rows = await tx.query<Row[]>(
    `SELECT payment.id, auction_id AS "auctionId", seller_id AS "sellerId", payment.state,
            max(transaction_id) AS "transactionId"
     FROM paypal_transaction JOIN payment ON payment.id = payment_id
     WHERE initiated_at >= $1 AND event_code LIKE 'T00%' AND paypal_transaction.amount_minor > 0
       AND captured_at IS NULL
     GROUP BY payment.id`,
    [since],
  );
  return rows.map(({ transactionId, ...payment }) =>
    newsOfPayment(payment, `report-${transactionId}`),
  );
}
