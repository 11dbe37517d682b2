import type { EntityManager } from 'typeorm';
import { Disbursement } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { heldFor } from '../../services/ledger/post-ledger.ts';
import type { Hindrance } from '../../domain/disbursement/may-leave.ts';

/**
 * Tells operators, once before the last safe moment and once at it, of money that is not going to
 * leave by itself, and keeps the reason with the disbursement for as long as it holds.
 */
export async function raiseAlarm(
  tx: EntityManager,
  disbursement: Disbursement,
  hindrance: Hindrance | undefined,
  now: Date,
): Promise<void> {
  const { id, alarmAt, lastSafeAt } = disbursement;
  if (now < alarmAt) return;
  const alarm = hindrance?.why ?? null;
  if (alarm !== disbursement.alarm) await tx.update(Disbursement, { id }, { alarm });
  if (!hindrance || (await nothingForSeller(tx, disbursement))) return;
  const last = now >= lastSafeAt;
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'hold_ends',
    subjectId: id,
    occasion: last ? 2 : 1,
    text: last
      ? `The last safe moment has passed and the money is still at PayPal, because ${hindrance.why}. ${hindrance.outlook}.`
      : `The money must leave by ${lastSafeAt.toISOString()} but will not, because ${hindrance.why}. ${hindrance.outlook}.`,
  });
}

/** After a large refund the house's fee may be all that is left: no seller waits for that. */
export async function nothingForSeller(
  tx: EntityManager,
  { auctionId, sellerId, paymentId }: Disbursement,
): Promise<boolean> {
  return (await heldFor(tx, auctionId, sellerId, paymentId)).sellerMinor <= 0;
}
