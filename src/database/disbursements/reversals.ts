import type { EntityManager } from 'typeorm';
import { databaseNow } from '../clock.ts';
import { Reversal } from '../entities/index.ts';

/** What PayPal has taken back from a payment is known now, or a person vouches for the rest. */
export async function explainReversals(
  tx: EntityManager,
  paymentId: string,
  state: 'disputed' | 'recorded' | 'released',
): Promise<void> {
  const explainedAt = await databaseNow(tx);
  await tx.update(Reversal, { paymentId, state: 'unexplained' }, { state, explainedAt });
}
