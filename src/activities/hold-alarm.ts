import { In, Not, type EntityManager } from 'typeorm';
import { Disbursement, Refund } from '../database/entities/index.ts';
import { notify, OPERATORS } from '../database/notices.ts';
import { heldFor } from '../database/post-ledger.ts';
import { refundLifecycle } from '../domain/lifecycles/refund.ts';

/** Why money does not leave by itself, and what comes of that. */
export interface Hindrance {
  readonly kind: 'unconfirmed' | 'disputed' | 'refunding' | 'failed' | 'heldBack';
  readonly why: string;
  readonly outlook: string;
}

/** What keeps the money from leaving at its time; undefined when nothing does. */
export async function hindranceOf(
  tx: EntityManager,
  disbursement: Disbursement,
): Promise<Hindrance | undefined> {
  const { state, holdReason, failureReason } = disbursement;
  const paypalPays =
    disbursement.heldBy === 'house'
      ? 'the house has the money until then'
      : `PayPal pays the seller by itself at ${disbursement.autoReleaseAt.toISOString()}`;
  if (state === 'releasing' || state === 'unknown') {
    return {
      kind: 'unconfirmed',
      why: 'PayPal has not confirmed the release',
      outlook: 'PayPal is asked until it does',
    };
  }
  if (state === 'blocked') {
    return {
      kind: 'disputed',
      why: 'the buyer disputes the payment',
      outlook: 'It stays until the dispute ends; from 28 days on PayPal is asked every day',
    };
  }
  if (await refundIsUnderWay(tx, disbursement)) {
    return {
      kind: 'refunding',
      why: 'a refund is under way',
      outlook: 'The rest leaves as soon as the refund has ended',
    };
  }
  if (state === 'failed') {
    return {
      kind: 'failed',
      why: `PayPal refused the release: ${failureReason}`,
      outlook: `Mend the cause and release again, or refund; ${paypalPays}`,
    };
  }
  if (state === 'held' && holdReason !== null) {
    return {
      kind: 'heldBack',
      why: `it is held back: ${holdReason}`,
      outlook: `It stays until somebody releases or refunds it; ${paypalPays}`,
    };
  }
  return undefined;
}

export const refundIsUnderWay = (
  tx: EntityManager,
  { paymentId }: Disbursement,
): Promise<boolean> =>
  tx.existsBy(Refund, { paymentId, state: Not(In([...refundLifecycle.final])) });

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
  { auctionId, sellerId }: Disbursement,
): Promise<boolean> {
  return (await heldFor(tx, auctionId, sellerId)).sellerMinor <= 0;
}
