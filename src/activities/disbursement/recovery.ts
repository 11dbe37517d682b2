import { IsNull, type EntityManager } from 'typeorm';
import { lockSubject } from '../../database/change-state.ts';
import { Payment } from '../../database/entities/index.ts';
import { lockAccounts, post } from '../../services/ledger/post-ledger.ts';
import { recoveryPosting, type Posting } from '../../domain/ledger/ledger.ts';
import { largestRecovery } from '../../domain/disbursement/recovery.ts';
import { debtToCollect } from './netting.ts';

// PayPal pays a seller all that it holds but the platform fee: so the platform fee of the next sale is
// raised by what the seller owes the house.

/**
 * Decides, before an order is opened, by how much its platform fee is raised, and keeps that with the
 * payment: other orders and releases of the seller's leave it out. An order that is open stays as it is.
 */
export async function reserveRecovery(tx: EntityManager, paymentId: string): Promise<number> {
  const payment = await lockSubject(tx, 'payment', paymentId);
  if (payment.paypalOrderId) return payment.recoveryMinor;
  const mostMinor = largestRecovery(payment);
  const recoveryMinor = mostMinor && Math.min(mostMinor, await debtToCollect(tx, payment));
  if (recoveryMinor !== payment.recoveryMinor) {
    await tx.update(Payment, { id: paymentId }, { recoveryMinor });
  }
  return recoveryMinor;
}

/** PayPal has opened no order: another sale may bring in what this one was to. */
export async function freeRecovery(tx: EntityManager, paymentId: string): Promise<void> {
  await tx.update(Payment, { id: paymentId, paypalOrderId: IsNull() }, { recoveryMinor: 0 });
}

/** The capture, and what it has brought in of the seller's debt. */
export async function postWithRecovery(
  tx: EntityManager,
  capture: Posting,
  payment: Payment,
): Promise<void> {
  const recovery = recoveryPosting({ ...payment, paymentId: payment.id });
  // All accounts at once, in their order: one posting after the other could wait in a circle with others'.
  const all = [...capture.entries, ...recovery.entries].map(({ account }) => account);
  await lockAccounts(tx, payment.currency, all);
  await post(tx, capture);
  await post(tx, recovery);
}
