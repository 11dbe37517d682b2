import type { DisputeState } from '../domain/lifecycles/dispute.ts';
import type { DisputeInput } from './messages.ts';
import { listenForNews } from './news.ts';
import { paypal } from './proxies.ts';
import { showState } from './show-state.ts';

/** Keeps the money blocked for as long as PayPal has the dispute open. */
export async function dispute({ paypalDisputeId }: DisputeInput): Promise<DisputeState> {
  const news = listenForNews();
  showState('open');
  return showState(await news.watch(() => paypal.lookAtDispute(paypalDisputeId)));
}
