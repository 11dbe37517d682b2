import type { EntityManager } from 'typeorm';
import { isStopped } from '../../domain/disbursement/may-leave.ts';
import { disbursementLifecycle } from '../../domain/disbursement/lifecycle.ts';
import { isFinal } from '../../domain/lifecycle/lifecycle.ts';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import { changeState, lockSubject, type Cause } from '../../database/change-state.ts';
import { Disbursement } from '../../database/entities/index.ts';
import { sendLater } from '../../database/outbox.ts';
import { holdFacts } from './hold-facts.ts';

/** The disbursement of a payment, locked, unless it has come to its end. */
export async function openDisbursement(
  tx: EntityManager,
  paymentId: string,
): Promise<Disbursement | undefined> {
  const disbursement = await tx.findOneBy(Disbursement, { paymentId });
  if (!disbursement) return undefined;
  const locked = await lockSubject(tx, 'disbursement', disbursement.id);
  return isFinal(disbursementLifecycle, locked.state) ? undefined : locked;
}

/**
 * Blocks money for as long as a dispute or a reversal stops it, and frees it once the last of them has
 * ended. Its disbursement must be locked. A release under way is seen through: PayPal says itself whether
 * anything stops it.
 */
export async function followStops(
  tx: EntityManager,
  disbursement: Disbursement,
  cause: Cause,
): Promise<Disbursement> {
  const stopped = isStopped(await holdFacts(tx, disbursement));
  const { id, state } = disbursement;
  if (stopped && ['held', 'due', 'failed'].includes(state)) {
    return (await changeState(tx, 'disbursement', id, 'block', cause, { nextTryAt: null })).row;
  }
  if (stopped || state !== 'blocked') return disbursement;
  const { row } = await changeState(tx, 'disbursement', id, 'unblock', cause, { nextTryAt: null });
  await sendLater(tx, lookAgain(workflowIds.disbursement(id)), cause.correlationId);
  return row;
}
