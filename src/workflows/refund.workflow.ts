import type { RefundState } from '../domain/lifecycles/refund.ts';
import type { RefundInput } from './messages.ts';
import { listenForNews } from './news.ts';
import { paypal } from './proxies.ts';
import { showState } from './show-state.ts';

/** While a release is under way, or PayPal is still at the refund. */
const ASK_AGAIN_MS = 30_000;

/** Gives money back to the buyer, and sees it through. */
export async function refund({ refundId }: RefundInput): Promise<RefundState> {
  const news = listenForNews();

  for (;;) {
    const state = showState(await paypal.sendRefund(refundId));
    if (state === 'completed' || state === 'failed') return state;
    await news.within(ASK_AGAIN_MS);
  }
}
