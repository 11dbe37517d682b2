import type { DataSource } from 'typeorm';
import type { Payment } from '../../database/entities/index.ts';
import { capturesToldOf } from '../../services/payment/captures-told.ts';
import {
  PayPalError,
  type Capture,
  type Order,
  orderOf,
  type PayPal,
} from '../../integrations/paypal/index.ts';
import { invoiceNumber } from './open-order.ts';
import { assertedBy } from './take-money.ts';
import { alarmOperators, rethrowForTemporal } from '../paypal/paypal-faults.ts';

interface Deps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

/**
 * PayPal's order of a payment. `forgotten` is an answer only while we have asked for no money: once we
 * have, nothing that PayPal does not say proves that it was not taken. Then a capture that PayPal has told
 * of in any way is the answer, and without one this throws until a person has ended the payment, so that
 * the buyer is not charged by another order.
 */
export async function askAboutOrder(deps: Deps, payment: Payment): Promise<Order> {
  const found = await ask(deps, payment).catch(rethrowForTemporal(deps.database, payment.id));
  if (found) return found;
  return alarmOperators(deps.database, payment.id, {
    issue: 'ORDER_FORGOTTEN',
    text: `PayPal no longer knows order ${payment.paypalOrderId}, and its answer to the capture was lost: whether the buyer has paid cannot be told. Search the seller's PayPal account for invoice ${invoiceNumber(payment)}. If the money is there, it is recorded once PayPal reports it; if it is not, end the sale. Until then the buyer is asked for nothing more.`,
  });
}

async function ask(deps: Deps, payment: Payment): Promise<Order | undefined> {
  const order = await askBothWays(deps, payment);
  const askedForMoney = ['capturing', 'unknown', 'pending'].includes(payment.state);
  if (order.status !== 'forgotten' || !askedForMoney) return order;
  const capture = await captureToldOf(deps, payment);
  if (capture) return orderOf(capture, order.orderId);
  // A person has looked, and ends the sale: what comes all the same goes back to the buyer.
  return payment.endReason === null ? undefined : order;
}

/** As ourselves, and where that finds nothing, as the seller whose money it is. */
async function askBothWays({ paypal }: Deps, payment: Payment): Promise<Order> {
  const order = await paypal.orders.get(payment.paypalOrderId!);
  if (order.status !== 'forgotten' || payment.heldBy === 'house') return order;
  return paypal.orders.get(payment.paypalOrderId!, assertedBy(payment));
}

/** The capture that a webhook or a line of the report is about, if PayPal says that it is this payment's. */
async function captureToldOf(
  { database, paypal }: Deps,
  payment: Payment,
): Promise<Capture | undefined> {
  for (const captureId of await capturesToldOf(database.manager, payment)) {
    const capture = await paypal.captures.get(captureId).catch(undefinedIfUnknown);
    const { orderId, customId } = capture ?? {};
    if (orderId === payment.paypalOrderId || customId === payment.id) return capture;
  }
  return undefined;
}

function undefinedIfUnknown(error: unknown): undefined {
  if (error instanceof PayPalError && error.status === 404) return undefined;
  throw error;
}
