import type { DisbursementState } from '../domain/lifecycles/disbursement.ts';
import type { DisbursementInput } from './messages.ts';
import { listenForNews } from './news.ts';
import { database, paypal } from './proxies.ts';
import { showState } from './show-state.ts';

/** PayPal reports a payout by webhook; this is how long to wait before asking. */
const PAYOUT_POLL_MS = 60_000;

/**
 * Holds the money until the piece has arrived and been inspected, or the hold ends; stops while it is
 * disputed, refunded or held back by an operator; then has PayPal release it and sees that through.
 */
export async function disbursement({
  disbursementId,
}: DisbursementInput): Promise<DisbursementState> {
  const news = listenForNews();
  showState('held');

  for (;;) {
    const standing = await news.watch(() => database.lookAtDisbursement(disbursementId));
    if (standing !== 'due') return showState(standing);

    const released = await paypal.release(disbursementId);
    showState(released);
    if (released === 'releasing') await news.within(PAYOUT_POLL_MS);
  }
}
