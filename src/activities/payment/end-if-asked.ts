import type { EntityManager } from 'typeorm';
import { changeState } from '../../database/change-state.ts';
import type { Payment } from '../../database/entities/index.ts';
import { endUnpaid } from '../../services/auction/end-sale.ts';
import { workflowCause } from '../runtime/context.ts';

/**
 * Ends the sale of a payment of which nothing was taken, where an operator has asked for that, and says
 * whether it has. The payment is locked.
 */
export async function endIfAsked(tx: EntityManager, payment: Payment): Promise<boolean> {
  const { id, endReason, endNext } = payment;
  if (endReason === null) return false;
  const cause = workflowCause(endReason);
  const { row } = await changeState(tx, 'payment', id, 'findUncaptured', cause);
  await endUnpaid(tx, row, { cause, next: endNext });
  return true;
}
