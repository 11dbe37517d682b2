import type { EntityManager } from 'typeorm';
import { lockSubject } from '../../database/change-state.ts';
import { DisputeMovement, type Dispute, type Payment } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { post } from '../../services/ledger/post-ledger.ts';
import { meaningOf } from '../../domain/dispute/movements.ts';
import { disputeFeePosting } from '../../domain/dispute/postings.ts';
import { accounts } from '../../domain/ledger/ledger.ts';
import type { DisputeMovement as MovementAtPayPal } from '../../integrations/paypal/index.ts';

/**
 * What PayPal has charged because of a dispute is posted, once for each movement that PayPal lists, to whom
 * PayPal took it from; what is nothing that we know is told. Movements have no id at PayPal: of several that
 * are alike it counts how many there are.
 */
export async function recordMovements(
  tx: EntityManager,
  payment: Payment,
  dispute: Dispute,
  movements: readonly MovementAtPayPal[],
): Promise<void> {
  await lockSubject(tx, 'dispute', dispute.id);
  const seen = new Map<string, number>();
  for (const moved of movements) {
    const listed = meaningOf(moved);
    if (listed === 'settlement' || listed === 'notOurs') continue;
    const readable = moved.amountMinor !== undefined && moved.currency === payment.currency;
    const key = JSON.stringify([moved.reason, moved.affectedParty, moved.type, moved.value]);
    const occurrence = (seen.get(key) ?? 0) + 1;
    seen.set(key, occurrence);
    await record(tx, payment, dispute, { ...moved, occurrence }, readable ? listed : 'unclear');
  }
}

async function record(
  tx: EntityManager,
  payment: Payment,
  { id: disputeId }: Dispute,
  moved: MovementAtPayPal & { occurrence: number },
  meaning: 'fee' | 'unclear',
): Promise<void> {
  const { reason = '', affectedParty = '', type = '', occurrence, amountMinor = 0 } = moved;
  const currency = moved.currency ?? payment.currency;
  const found = { disputeId, reason, affectedParty, type, amountMinor, currency, occurrence };
  if (await tx.existsBy(DisputeMovement, found)) return;
  const { identifiers } = await tx.insert(DisputeMovement, { ...found, meaning });
  if (meaning === 'fee') {
    const feeMinor = type === 'DEBIT' ? amountMinor : -amountMinor;
    const movementId = identifiers[0]!.id as string;
    const from = payerOf(payment, affectedParty);
    await post(tx, disputeFeePosting({ ...payment, movementId, feeMinor, from }));
    return;
  }
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'dispute_unclear',
    subjectId: disputeId,
    cause: `${reason} ${affectedParty} ${type} ${moved.value} ${occurrence}`,
    text: `Because of the dispute about payment ${payment.id} PayPal has moved ${moved.value} (${reason || 'no reason'}, ${affectedParty || 'no party'}, ${type || 'no direction'}), which is nothing that Gavel knows: it is not posted. Look it up at PayPal; the reconciliation offers the repair.`,
  });
}

/** PayPal's list knows no platform: the PAYMENT_PROCESSOR is taken for it. */
const payerOf = ({ heldBy, sellerId }: Payment, affectedParty: string): string =>
  affectedParty === 'SELLER' && heldBy === 'paypal' ? accounts.seller(sellerId) : accounts.house;
