import { In, Not, type EntityManager } from 'typeorm';
import type { HoldFacts } from '../../domain/disbursement/may-leave.ts';
import { UNDECIDED } from '../../domain/dispute/lifecycle.ts';
import { refundLifecycle } from '../../domain/refund/lifecycle.ts';
import { Dispute, Refund, Reversal, type Disbursement } from '../../database/entities/index.ts';

/** What decides whether a seller's money may leave; true for as long as its disbursement is locked. */
export async function holdFacts(tx: EntityManager, disbursement: Disbursement): Promise<HoldFacts> {
  const { paymentId } = disbursement;
  return {
    ...disbursement,
    disputed: await isDisputed(tx, paymentId),
    reversed: await tx.existsBy(Reversal, { paymentId, state: 'unexplained' }),
    refunding: await tx.existsBy(Refund, {
      paymentId,
      state: Not(In([...refundLifecycle.final])),
    }),
  };
}

export const isDisputed = (tx: EntityManager, paymentId: string): Promise<boolean> =>
  tx.existsBy(Dispute, { paymentId, state: In([...UNDECIDED]) });
