import type { DisbursementState } from '../../domain/disbursement/lifecycle.ts';
import type { DisbursementInput } from '../messages.ts';
import { listenForNews } from '../runtime/news.ts';
import { database, paypal } from '../runtime/proxies.ts';
import { showState } from '../runtime/show-state.ts';

/** PayPal reports a payout by webhook; this is how long to wait before asking, and after an hour of that. */
const POLL_MS = 60_000;
const LATER_POLL_MS = 3_600_000; // A seller may take 30 days to accept a payout.

/**
 * Holds the money until the piece has arrived and been inspected, or the hold ends; stops while it is
 * disputed, refunded or held back by an operator; then has PayPal release it and sees that through.
 */
export async function disbursement({
  disbursementId,
}: DisbursementInput): Promise<DisbursementState> {
  const news = listenForNews();
  let polls = 0;
  showState('held');

  for (;;) {
    const standing = await news.watch(() => database.lookAtDisbursement(disbursementId));
    if (standing !== 'due') return showState(standing);

    const released = await paypal.release(disbursementId);
    showState(released);
    if (released !== 'releasing') continue;
    polls += 1;
    await news.within(polls * POLL_MS > LATER_POLL_MS ? LATER_POLL_MS : POLL_MS);
  }
}
