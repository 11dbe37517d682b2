import type { EntityManager } from 'typeorm';
import { changeState } from '../../database/change-state.ts';
import { holdFacts } from '../../services/disbursement/hold-facts.ts';
import type { Disbursement } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { isStopped, paypalHasPaidBy } from '../../domain/disbursement/may-leave.ts';
import type { DisbursementState } from '../../domain/disbursement/lifecycle.ts';
import { later, workflowCause } from '../runtime/context.ts';
import { nothingForSeller } from './hold-alarm.ts';
import { settle } from './settle.ts';

// PayPal did not pay the seller: it is asked again, by itself or when a person says so.

/** Says why, and when it is tried again. */
export async function recordFailure(
  tx: EntityManager,
  disbursement: Disbursement,
  { reason, retryable }: { reason: string; retryable: boolean },
  now: Date,
): Promise<DisbursementState> {
  const { id, autoReleaseAt } = disbursement;
  const failures = disbursement.failures + 1;
  const cleared = { failureReason: reason, payoutItemId: null, nettedMinor: 0, failures };
  if (isStopped(await holdFacts(tx, disbursement))) {
    const nextTryAt = later(now < autoReleaseAt ? autoReleaseAt : now, ASKED_WHILE_DISPUTED_MS);
    const why = workflowCause(reason);
    await changeState(tx, 'disbursement', id, 'block', why, { ...cleared, nextTryAt });
    return 'blocked';
  }
  // After 28 days "PayPal holds no money for it" means that PayPal has paid by itself.
  if (reason === 'TRANSACTION_NOT_VALID' && now >= autoReleaseAt) {
    return settle(tx, id, 'recordAutoRelease');
  }
  const nothing = await nothingForSeller(tx, disbursement);
  const nextTryAt =
    nothing && now < autoReleaseAt
      ? paypalHasPaidBy(autoReleaseAt)
      : nextTry(disbursement, retryable, now);
  const why = workflowCause(reason);
  await changeState(tx, 'disbursement', id, 'fail', why, { ...cleared, nextTryAt });
  const again = `It is tried again by itself at ${nextTryAt.toISOString()}`;
  await notify(tx, {
    recipientId: OPERATORS,
    kind: nothing ? 'nothing_for_seller' : 'release_failed',
    subjectId: id,
    occasion: failures,
    text: nothing
      ? `Refunds have left nothing for the seller, and PayPal does not pay out nothing (${reason}). What is left for the house comes when PayPal's 28 days are over, at ${autoReleaseAt.toISOString()}; or refund the rest.`
      : `PayPal did not pay the seller: ${reason}. Mend the cause, then release again. ${again}.`,
  });
  return 'failed';
}

const HOUR_MS = 3_600_000;

const ASKED_WHILE_DISPUTED_MS = 24 * HOUR_MS;
const ASKED_AFTER_28_DAYS_MS = 6 * HOUR_MS;
/** A failure inside PayPal may pass: after 1, 2, 4, 8 and 16 hours. */
const MOST_TRIES = 5;

/** When a failed release is tried again by itself: a last time at the last safe moment. */
function nextTry(
  { failures, lastSafeAt, autoReleaseAt }: Disbursement,
  retryable: boolean,
  now: Date,
): Date {
  if (now >= autoReleaseAt) return later(now, ASKED_AFTER_28_DAYS_MS);
  if (retryable && failures < MOST_TRIES) return later(now, HOUR_MS * 2 ** failures);
  return now < lastSafeAt ? lastSafeAt : paypalHasPaidBy(autoReleaseAt);
}
