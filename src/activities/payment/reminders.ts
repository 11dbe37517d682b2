import type { EntityManager } from 'typeorm';
import { Auction, type Payment } from '../../database/entities/index.ts';
import { notify } from '../../database/notices.ts';
import { durationMs } from '../../domain/common/duration.ts';
import { later, msUntil, policyOf, pollAfterMs } from '../runtime/context.ts';
import { amountOf, ORDER_LIVES_MS } from './payment-order.ts';

/** Sends the reminders that are due, and says how long it is to the next of: reminder, poll, end. */
export async function untilNextEvent(
  tx: EntityManager,
  payment: Payment,
  now: Date,
): Promise<number> {
  const auction = await tx.findOneByOrFail(Auction, { id: payment.auctionId });
  const policy = await policyOf(tx, auction);
  const reminders = policy.reminders
    .map((after) => later(payment.createdAt, durationMs(after)))
    .filter((at) => at < payment.payUntil);
  for (const [i, at] of reminders.entries()) {
    if (at > now) continue;
    await notify(tx, {
      recipientId: payment.bidderId,
      kind: 'payment_reminder',
      subjectId: payment.id,
      occasion: i + 1,
      text: `Reminder: please pay ${amountOf(payment)} by ${payment.payUntil.toISOString()}: ${payment.approveUrl}`,
    });
  }
  const forgotten = later(payment.orderOpenedAt ?? payment.createdAt, ORDER_LIVES_MS);
  const coming = [payment.payUntil, forgotten, ...reminders].filter((at) => at > now);
  return Math.min(
    pollAfterMs(payment.createdAt, now),
    ...coming.map((moment) => msUntil(moment, now)),
  );
}
