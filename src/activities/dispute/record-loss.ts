import type { EntityManager } from 'typeorm';
import { changeState, declareCause } from '../../database/change-state.ts';
import { Refund, type Payment } from '../../database/entities/index.ts';
import { workflowCause } from '../runtime/context.ts';
import { recordRefund } from '../refund/record-refund.ts';

export interface Loss {
  readonly amountMinor: number;
  /** For people, and for the buyer. */
  readonly reason: string;
  /** The dispute by which it was lost, where there is one. */
  readonly disputeId?: string;
  /** How much of it was taken from the seller; all of the seller's part when not known. */
  readonly takenFromSellerMinor?: number;
}

/** PayPal itself gave money back to the buyer: it is recorded as the refund that it is. */
export async function recordLoss(tx: EntityManager, payment: Payment, loss: Loss): Promise<void> {
  const { amountMinor, reason, disputeId, takenFromSellerMinor } = loss;
  await declareCause(tx, workflowCause(reason));
  const { identifiers } = await tx.insert(Refund, {
    paymentId: payment.id,
    auctionId: payment.auctionId,
    currency: payment.currency,
    amountMinor,
    reason,
    disputeId,
  });
  const refundId = identifiers[0]!.id as string;
  await changeState(tx, 'refund', refundId, 'send', workflowCause('by PayPal'));
  await recordRefund(tx, refundId, { takenFromSellerMinor });
}
