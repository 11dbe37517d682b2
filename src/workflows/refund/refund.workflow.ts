import { workflowInfo } from '@temporalio/workflow';
import { refundLifecycle, type RefundState } from '../../domain/refund/lifecycle.ts';
import { isFinal } from '../../domain/lifecycle/lifecycle.ts';
import type { RefundInput } from '../messages.ts';
import { listenForNews } from '../runtime/news.ts';
import { paypal } from '../runtime/proxies.ts';
import { showState } from '../runtime/show-state.ts';

/** While a release is under way, or PayPal is still at the refund; and after an hour of that. */
const POLL_MS = 60_000;
const LATER_POLL_MS = 3_600_000; // A buyer may take 30 days to accept what the house pays.

/** Gives money back to the buyer, and sees it through. */
export async function refund({ refundId }: RefundInput): Promise<RefundState> {
  const news = listenForNews();
  const { startTime } = workflowInfo(); // Of its first run.

  return news.watch(async () => {
    const state = showState(await paypal.sendRefund(refundId));
    if (isFinal(refundLifecycle, state)) return { done: true, state };
    const isOld = Date.now() - startTime.getTime() > LATER_POLL_MS;
    return { done: false, waitMs: isOld ? LATER_POLL_MS : POLL_MS };
  });
}
