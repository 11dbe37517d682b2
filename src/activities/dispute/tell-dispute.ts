import type { EntityManager } from 'typeorm';
import type { Dispute, NoticeKind, Payment } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { toDecimal } from '../../domain/common/money.ts';
import type { Dispute as DisputeAtPayPal } from '../../integrations/paypal/index.ts';
import { later, msUntil } from '../runtime/context.ts';

/** Seller and operators are told this long before PayPal decides without having heard them. */
const EVIDENCE_ALARM_MS = 2 * 24 * 3_600_000;

export const evidenceBy = ({ respondUntil }: Pick<Dispute, 'respondUntil'>): string =>
  respondUntil
    ? `Send evidence at PayPal by ${respondUntil.toISOString()}.`
    : 'PayPal waits for no evidence at present.';

export function tellOpened(
  tx: EntityManager,
  payment: Payment,
  dispute: Dispute,
  { amount, reason }: DisputeAtPayPal,
): Promise<void> {
  const much = amount
    ? `${toDecimal(amount.amountMinor, amount.currency)} ${amount.currency}`
    : 'part';
  return tellBoth(tx, payment, dispute, {
    kind: 'dispute_opened',
    text: `The buyer disputes ${much} of payment ${payment.id}: ${reason}. ${evidenceBy(dispute)}`,
  });
}

export function tellStranger(
  tx: EntityManager,
  { id, paypalDisputeId }: Dispute,
  { transactions }: DisputeAtPayPal,
): Promise<void> {
  const ids = transactions.flatMap(({ theirIds, ourIds }) => [...theirIds, ...ourIds]);
  return notify(tx, {
    recipientId: OPERATORS,
    kind: 'dispute_unclear',
    subjectId: id,
    cause: 'no payment',
    text: `PayPal has dispute ${paypalDisputeId} about a transaction that is no payment known here (${ids.join(', ') || 'PayPal names none'}), so it blocks no money. If it is about a sale of ours, hold that sale's money back.`,
  });
}

export function tellSeveral(
  tx: EntityManager,
  { id, paypalDisputeId }: Dispute,
  payments: readonly Payment[],
): Promise<void> {
  const [first, ...others] = payments.map((payment) => payment.id);
  return notify(tx, {
    recipientId: OPERATORS,
    kind: 'dispute_unclear',
    subjectId: id,
    cause: 'several payments',
    text: `PayPal's dispute ${paypalDisputeId} is about several payments. The money of ${first} is blocked by it; hold back that of ${others.join(', ')}.`,
  });
}

export function tellStage(tx: EntityManager, payment: Payment, dispute: Dispute): Promise<void> {
  return tellBoth(tx, payment, dispute, {
    kind: 'dispute_stage',
    cause: dispute.stage ?? '',
    text: `The dispute about payment ${payment.id} is now at PayPal's stage ${dispute.stage}. ${evidenceBy(dispute)}`,
  });
}

export function tellReopened(tx: EntityManager, payment: Payment, dispute: Dispute): Promise<void> {
  return tellBoth(tx, payment, dispute, {
    kind: 'dispute_reopened',
    cause: dispute.updatedAtPaypal?.toISOString() ?? '',
    text: `PayPal has opened the dispute about payment ${payment.id} again, after ${dispute.outcome ?? 'its end'}. ${evidenceBy(dispute)}`,
  });
}

/** Seller and operators: either can answer at PayPal. */
export async function tellBoth(
  tx: EntityManager,
  { sellerId }: Payment,
  { id: subjectId }: Dispute,
  notice: { kind: NoticeKind; text: string; cause?: string; occasion?: number },
): Promise<void> {
  for (const recipientId of [OPERATORS, sellerId]) {
    await notify(tx, { recipientId, subjectId, ...notice });
  }
}

/** Tells of evidence that PayPal still waits for, and says how long it is to the next such moment. */
export async function untilEvidenceIsDue(
  tx: EntityManager,
  payment: Payment,
  dispute: Dispute,
  now: Date,
): Promise<number> {
  const { respondUntil } = dispute;
  if (!respondUntil) return Infinity;
  // A later stage has another deadline, of which there is another notice.
  const cause = respondUntil.toISOString();
  if (now >= respondUntil) {
    await tellBoth(tx, payment, dispute, {
      kind: 'evidence_overdue',
      cause,
      text: `PayPal has not heard the seller by ${cause} and decides for the buyer, as a rule: payment ${payment.id}.`,
    });
    return Infinity;
  }
  const alarmAt = later(respondUntil, -EVIDENCE_ALARM_MS);
  if (now < alarmAt) return msUntil(alarmAt, now);
  await tellBoth(tx, payment, dispute, {
    kind: 'evidence_due',
    cause,
    text: `PayPal still waits for evidence about payment ${payment.id}. ${evidenceBy(dispute)}`,
  });
  return msUntil(respondUntil, now);
}
