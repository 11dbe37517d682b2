import type { DataSource } from 'typeorm';
import { databaseNow } from '../database/clock.ts';
import type { Payment } from '../database/entities/index.ts';
import { PayPalError, type Order, type PayPal } from '../integrations/paypal/index.ts';
import { later } from './context.ts';
import { rethrowForTemporal, tryAgainSeldom } from './paypal-faults.ts';

interface Deps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

/** PayPal's report shows a transaction after three hours at the latest. */
const REPORT_IS_COMPLETE_AFTER_MS = 4 * 3_600_000;

/** PayPal's order of a payment. When it is `forgotten`, it is certain that it was not captured. */
export async function askAboutOrder(deps: Deps, payment: Payment): Promise<Order> {
  const order = await deps.paypal.orders
    .get(payment.paypalOrderId!)
    .catch(rethrowForTemporal(deps.database, payment.id));
  const asked = ['capturing', 'unknown', 'pending'].includes(payment.state);
  if (order.status === 'forgotten' && asked) await refuteCapture(deps, payment);
  return order;
}

/** Throws for as long as PayPal's report may yet show money for the payment, or when it does. */
async function refuteCapture({ database, paypal }: Deps, payment: Payment): Promise<void> {
  const { id, createdAt, paypalOrderId } = payment;
  const now = await databaseNow(database);
  const [{ at }] = await database.query<[{ at: Date }]>(
    'SELECT max(at) AS at FROM transition WHERE subject_id = $1',
    [id],
  );
  if (now < later(at, REPORT_IS_COMPLETE_AFTER_MS)) {
    throw tryAgainSeldom(`PayPal forgot order ${paypalOrderId}: awaiting its report`, 'FORGOTTEN');
  }
  for await (const line of paypal.transactions.search(createdAt, now)) {
    if ('unread' in line || line.customId !== id) continue;
    const found = `order ${paypalOrderId}, which transaction ${line.transactionId} has paid`;
    const lost = new PayPalError('orders.get', 404, 'INVALID_RESOURCE_ID', 'none', found);
    await rethrowForTemporal(database, id)(lost);
  }
}
