import type { DisputeState } from '../../domain/dispute/lifecycle.ts';
import type { DisputeInput } from '../messages.ts';
import { listenForNews } from '../runtime/news.ts';
import { paypal } from '../runtime/proxies.ts';
import { showState } from '../runtime/show-state.ts';

/** Keeps the money blocked for as long as PayPal has the dispute open. */
export async function dispute({ paypalDisputeId }: DisputeInput): Promise<DisputeState> {
  const news = listenForNews();
  showState('open');
  return showState(await news.watch(() => paypal.lookAtDispute(paypalDisputeId)));
}
