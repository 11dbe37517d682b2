import type { EntityManager } from 'typeorm';
import { lockSubject } from '../../database/change-state.ts';
import { Disbursement, Refund } from '../../database/entities/index.ts';

/** The disbursement first, as the release does: one of the two waits for the other. */
export async function lockRefund(tx: EntityManager, refundId: string) {
  const { paymentId } = await tx.findOneByOrFail(Refund, { id: refundId });
  const found = await tx.findOneBy(Disbursement, { paymentId });
  const disbursement = found && (await lockSubject(tx, 'disbursement', found.id));
  return { disbursement, refund: await lockSubject(tx, 'refund', refundId) };
}
