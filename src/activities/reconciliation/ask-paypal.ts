import type { DataSource } from 'typeorm';
import { Seller, type Payment } from '../../database/entities/index.ts';
import type { KeptViews } from '../../services/reconciliation/views.ts';
import type { PaymentAsked } from '../../domain/reconciliation/asked.ts';
import {
  PayPalError,
  UNREADABLE_ANSWER,
  type Capture,
  type PayoutItem,
  type PayPal,
  type Refund,
} from '../../integrations/paypal/index.ts';

interface Deps {
  readonly database: DataSource;
  readonly paypal: PayPal;
}

/** What PayPal says about the captured payments of a sale, by their ids and in their seller's name. */
export async function askPayPal(deps: Deps, { sale }: KeptViews): Promise<PaymentAsked[]> {
  const asked: PaymentAsked[] = [];
  for (const payment of sale.payments) {
    if (payment.captureId) asked.push(await askAbout(deps, payment, payoutItemOf(sale, payment)));
  }
  return asked;
}

async function askAbout(
  { database, paypal }: Deps,
  payment: Payment,
  payoutItemId: string | null,
): Promise<PaymentAsked> {
  const { id: paymentId, captureId, paypalOrderId, heldBy, sellerId } = payment;
  try {
    const { paypalMerchantId } = await database.manager.findOneByOrFail(Seller, { id: sellerId });
    const asSeller = heldBy === 'paypal' ? paypalMerchantId : null;
    const order = paypalOrderId ? await paypal.orders.get(paypalOrderId, asSeller) : undefined;
    const capture =
      order?.capture?.captureId === captureId
        ? order?.capture
        : await paypal.captures.get(captureId!).catch(undefinedIfUnknown);
    const payout =
      payoutItemId && heldBy === 'paypal'
        ? await paypal.referencedPayouts.get(payoutItemId).catch(undefinedIfUnknown)
        : undefined;
    if (order?.capture && !order.refunds) {
      return { paymentId, refused: UNREADABLE_ANSWER, refunds: [] };
    }
    return {
      paymentId,
      capture: capture && asCapture(capture),
      refunds: (order?.refunds ?? []).map(asRefund),
      payout: payout && asPayout(payout, payment),
    };
  } catch (error) {
    if (!(error instanceof PayPalError) || error.transient) throw error;
    return { paymentId, refused: error.issue, refunds: [] };
  }
}

const payoutItemOf = ({ disbursements }: KeptViews['sale'], { id }: Payment): string | null =>
  disbursements.find(({ paymentId }) => paymentId === id)?.payoutItemId ?? null;

function asCapture(capture: Capture): PaymentAsked['capture'] {
  const { status, amountMinor, currency, paypalFeeMinor, platformFeeMinor } = capture;
  return {
    amountMinor,
    currency,
    atMs: Date.parse(capture.capturedAt),
    standing: STANDING[status],
    shares: capture.sharesUnknown ? undefined : { paypalFeeMinor, platformFeeMinor },
  };
}

const asRefund = (refund: Refund): PaymentAsked['refunds'][number] => ({
  refundId: refund.refundId,
  invoiceId: refund.invoiceId,
  amountMinor: refund.amountMinor,
  currency: refund.currency,
  atMs: Date.parse(refund.createdAt) || 0,
  standing: STANDING[refund.status],
});

function asPayout({ amountMinor, currency, status }: PayoutItem, { capturedAt }: Payment) {
  if (amountMinor === undefined || !currency) return undefined;
  return { amountMinor, currency, standing: STANDING[status], atMs: capturedAt!.getTime() };
}

/** What a status of PayPal's means for the money; done when left out. */
const STANDING: Partial<
  Record<Capture['status'] | Refund['status'] | PayoutItem['status'], 'underWay' | 'stopped'>
> = {
  pending: 'underWay',
  declined: 'stopped',
  failed: 'stopped',
  cancelled: 'stopped',
};

function undefinedIfUnknown(error: unknown): undefined {
  if (error instanceof PayPalError && error.status === 404) return undefined;
  throw error;
}
