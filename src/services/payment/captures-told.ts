import type { EntityManager } from 'typeorm';
import type { Payment } from '../../database/entities/index.ts';

/** PayPal's ids of the captures of a payment that its report lists, or its webhooks have told of. */
export async function capturesToldOf(
  tx: EntityManager,
  { id, paypalOrderId }: Pick<Payment, 'id' | 'paypalOrderId'>,
): Promise<string[]> {
  const rows = await tx.query<{ captureId: string }[]>(
    `SELECT transaction_id AS "captureId" FROM paypal_transaction
      WHERE payment_id = $1 AND event_code LIKE 'T00%' AND amount_minor > 0
     UNION SELECT resource_id FROM inbox
      WHERE order_id = $2 AND provider = 'paypal' AND resource_id IS NOT NULL
        AND event_type LIKE 'PAYMENT.CAPTURE.%' AND event_type <> 'PAYMENT.CAPTURE.REFUNDED'
     ORDER BY 1`,
    [id, paypalOrderId],
  );
  return rows.map(({ captureId }) => captureId);
}
