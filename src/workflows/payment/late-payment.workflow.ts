import type { PaymentState } from '../../domain/payment/lifecycle.ts';
import type { PaymentInput } from '../messages.ts';
import { listenForNews } from '../runtime/news.ts';
import { paypal } from '../runtime/proxies.ts';
import { showState } from '../runtime/show-state.ts';

/** Looks whether money has come for a payment that has ended, for as long as PayPal is at it. */
export async function latePayment({ paymentId }: PaymentInput): Promise<PaymentState> {
  const news = listenForNews();
  return showState(await news.watch(() => paypal.lookAtEndedPayment(paymentId)));
}
