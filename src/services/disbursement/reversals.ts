import { In, type EntityManager } from 'typeorm';
import { UNDECIDED } from '../../domain/dispute/lifecycle.ts';
import { toDecimal } from '../../domain/common/money.ts';
import { lookAgain, workflowIds, type WorkflowMessage } from '../../workflows/messages.ts';
import { databaseNow } from '../../database/clock.ts';
import { Dispute, Reversal, type Payment } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { newsOfDispute } from '../paypal/paypal-news.ts';
import { followStops, openDisbursement } from './follow-stops.ts';

/** Captured money that PayPal says it has taken back. */
export interface ReversalSeen {
  /** PayPal's transaction where it names one, else its event: what it tells of is kept once. */
  readonly paypalId: string;
  readonly eventType: string;
  /** In minor units; undefined when PayPal does not say. */
  readonly amountMinor?: number;
}

/**
 * PayPal has taken back what was captured. Until a lost dispute explains it, PayPal's report says how much
 * it was (see recordReversals), or a person vouches for the rest, nothing leaves.
 */
export async function newsOfReversal(
  tx: EntityManager,
  payment: Payment,
  { paypalId, eventType, amountMinor = undefined }: ReversalSeen,
): Promise<WorkflowMessage[]> {
  const paymentId = payment.id;
  const disbursement = await openDisbursement(tx, paymentId); // Locked, before anything is read.
  if (await tx.existsBy(Reversal, { paypalId })) return [];
  const seen = { paymentId, paypalId, eventType, amountMinor: amountMinor || null };
  await tx.insert(Reversal, seen);

  if (await aLossExplainsIt(tx, paymentId)) await explainReversals(tx, paymentId, 'disputed');
  const undecided = await tx.findBy(Dispute, { paymentId, state: In([...UNDECIDED]) });
  if (undecided.length === 0) await tellUnexplained(tx, payment);
  const asked = undecided.flatMap(({ paypalDisputeId }) => newsOfDispute(paypalDisputeId));
  if (!disbursement) return asked;
  const cause = { actorKind: 'provider', actorId: 'paypal', reason: eventType } as const;
  await followStops(tx, disbursement, cause);
  return [...asked, lookAgain(workflowIds.disbursement(disbursement.id))];
}

/** What PayPal has taken back from a payment is known now, or a person vouches for the rest. */
export async function explainReversals(
  tx: EntityManager,
  paymentId: string,
  state: Exclude<Reversal['state'], 'unexplained'>,
): Promise<void> {
  const explainedAt = await databaseNow(tx);
  await tx.update(Reversal, { paymentId, state: 'unexplained' }, { state, explainedAt });
}

/** Operators hear of each, once. */
export async function tellUnexplained(
  tx: EntityManager,
  { id: paymentId, currency }: Payment,
): Promise<void> {
  for (const reversal of await tx.findBy(Reversal, { paymentId, state: 'unexplained' })) {
    const { paypalId, eventType, amountMinor } = reversal;
    const much = amountMinor ? `${toDecimal(amountMinor, currency)} ${currency}` : 'money';
    await notify(tx, {
      recipientId: OPERATORS,
      kind: 'payment_reversed',
      subjectId: paymentId,
      cause: paypalId,
      text: `PayPal says that it has taken ${much} of payment ${paymentId} back (${eventType}, ${paypalId}), and no dispute explains it. Nothing of it leaves. What PayPal's report says of it is recorded by itself; look it up at PayPal, and release the rest if there is nothing to it.`,
    });
  }
}

/** PayPal may tell of the money after it has told of the dispute by which it took it. */
async function aLossExplainsIt(tx: EntityManager, paymentId: string): Promise<boolean> {
  const [{ more }] = await tx.query<[{ more: boolean }]>(
    `SELECT (SELECT count(*) FROM dispute WHERE payment_id = $1 AND lost_minor > 0)
          > (SELECT count(*) FROM reversal WHERE payment_id = $1 AND state = 'disputed') AS more`,
    [paymentId],
  );
  return more;
}
