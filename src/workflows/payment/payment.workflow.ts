import type { PaymentState } from '../../domain/payment/lifecycle.ts';
import type { PaymentInput } from '../messages.ts';
import { listenForNews } from '../runtime/news.ts';
import { paypal } from '../runtime/proxies.ts';
import { showState } from '../runtime/show-state.ts';

export type PaymentEnd = 'captured' | 'declined' | 'expired' | 'withdrawn' | 'returned';

const ENDS: Partial<Record<PaymentState, PaymentEnd>> = {
  captured: 'captured',
  partially_refunded: 'captured',
  refunded: 'captured',
  returning: 'returned',
  declined: 'declined',
  expired: 'expired',
  withdrawn: 'withdrawn',
};

/**
 * Opens the PayPal order, waits for the buyer's approval (reminding, and asking PayPal should its
 * webhook be lost), captures, and waits for as long as PayPal takes. A declined instrument sends the
 * buyer back to choose another, with another order, until the window ends. The house may end it at any time.
 */
export async function payment({ paymentId }: PaymentInput): Promise<PaymentEnd> {
  const news = listenForNews();

  await paypal.openOrder(paymentId);
  showState('created');

  for (;;) {
    const standing = await news.watch(() => paypal.lookAtPayment(paymentId));
    if (standing === 'created') {
      await paypal.openOrder(paymentId); // The last order is over: declined, or forgotten.
      continue;
    }
    const state = standing === 'approved' ? await paypal.capture(paymentId) : standing;
    showState(state);

    const end = ENDS[state];
    if (end) return end;
  }
}
