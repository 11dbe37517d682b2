import { In, type EntityManager } from 'typeorm';
import { Payment } from '../../database/entities/index.ts';
import type { DisputedTransaction } from '../../integrations/paypal/index.ts';

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** A payment's id, and for its second order and later ones the number of that. */
const OUR_ID = new RegExp(`^(${UUID})(?:-[0-9]+)?$`);

/**
 * The payments that a dispute is about, by whatever id PayPal gives: of the transaction, as seller, buyer or
 * partner see it; of the order; what we have called it; or what PayPal's report says of the transaction.
 */
export async function paymentsOf(
  tx: EntityManager,
  transactions: readonly DisputedTransaction[],
): Promise<Payment[]> {
  const theirs = transactions.flatMap(({ theirIds }) => theirIds);
  const ours = transactions
    .flatMap(({ ourIds }) => ourIds)
    .flatMap((id) => OUR_ID.exec(id)?.[1] ?? []);
  const reported = await tx.query<{ id: string }[]>(
    `SELECT DISTINCT payment_id AS id FROM paypal_transaction
     WHERE transaction_id = ANY($1) AND payment_id IS NOT NULL`,
    [theirs],
  );
  return tx.find(Payment, {
    where: [
      { captureId: In(theirs) },
      { paypalOrderId: In(theirs) },
      { id: In([...ours, ...reported.map(({ id }) => id)]) },
    ],
    order: { id: 'ASC' },
  });
}
