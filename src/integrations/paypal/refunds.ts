import { OrdersController, PaymentsController, RefundStatus } from '@paypal/paypal-server-sdk';
import type { Refund as SdkRefund } from '@paypal/paypal-server-sdk';
import type { Currency } from '../../domain/common/money.ts';
import { idAsked } from './asked.ts';
import type { PayPalHttp } from './http/http.ts';
import { fromPayPal, isText, minorOrZero, statusIn, unreadable, type SdkMoney } from './money.ts';

export interface Refund {
  readonly refundId: string;
  /** unknown: PayPal has added it since. */
  readonly status: keyof typeof STATUS_AT_PAYPAL | 'unknown';
  readonly captureId?: string;
  readonly invoiceId?: string;
  readonly amountMinor: number;
  readonly currency: Currency;
  /** PayPal's fee that came back: nothing, as a rule. */
  readonly paypalFeeMinor: number;
  /** What the platform gave back of its fee. */
  readonly platformFeeMinor: number;
  /** What the seller paid of the refund. */
  readonly netMinor: number;
  /** All refunds of the capture so far, with this one. */
  readonly totalRefundedMinor: number;
  /** PayPal has not said who pays what of it, so that the three above say nothing. */
  readonly sharesUnknown?: boolean;
  readonly createdAt: string;
}

const STATUS_AT_PAYPAL = {
  completed: RefundStatus.Completed,
  pending: RefundStatus.Pending,
  failed: RefundStatus.Failed,
  cancelled: RefundStatus.Cancelled,
} as const;

/** https://developer.paypal.com/docs/api/payments/v2/#refunds */
export class Refunds {
  private readonly payments: PaymentsController;
  private readonly orders: OrdersController;

  constructor(private readonly http: PayPalHttp) {
    this.payments = new PaymentsController(http.client);
    this.orders = new OrdersController(http.client);
  }

  /** https://developer.paypal.com/docs/api/payments/v2/#refunds_get */
  async get(refundId: string): Promise<Refund> {
    const answer = await this.http.call('refunds.get', () =>
      this.payments.getRefund({ refundId: idAsked('refunds.get', refundId) }),
    );
    return readRefund('refunds.get', answer);
  }

  /**
   * Finds a refund by its own invoice number, for when the answer was lost and the request id has
   * run out: an order lists its refunds, a capture does not.
   */
  async find(wanted: {
    orderId: string;
    invoiceId: string;
    amountMinor: number;
  }): Promise<Refund | undefined> {
    const order = await this.http.call('orders.get', () =>
      this.orders.getOrder({ id: idAsked('orders.get', wanted.orderId) }),
    );
    const refunds = order.purchaseUnits?.[0]?.payments?.refunds ?? [];
    return (
      refunds
        .filter(({ invoiceId }) => invoiceId === undefined || invoiceId === wanted.invoiceId)
        // One that cannot be read may be the one: then PayPal is asked again, and nothing is sent twice.
        .map((refund) => readRefund('orders.get', refund))
        .find(
          ({ invoiceId, amountMinor }) =>
            invoiceId === wanted.invoiceId && amountMinor === wanted.amountMinor,
        )
    );
  }
}

export function readRefund(operation: string, refund: SdkRefund): Refund {
  if (!isText(refund.id) || !isText(refund.status)) {
    throw unreadable(operation, `refund ${refund.id} with status ${refund.status}`);
  }
  const shares = refund.sellerPayableBreakdown;
  const { amountMinor, currency } = fromPayPal(operation, refund.amount ?? shares?.grossAmount);
  const minor = (amount: SdkMoney | undefined) => minorOrZero(operation, amount, currency);
  return {
    refundId: refund.id,
    status: statusIn(STATUS_AT_PAYPAL, refund.status) ?? 'unknown',
    captureId: refund.links
      ?.find(({ rel }) => rel === 'up')
      ?.href.split('/')
      .at(-1),
    invoiceId: refund.invoiceId,
    amountMinor,
    currency,
    paypalFeeMinor: minor(shares?.paypalFee),
    platformFeeMinor: (shares?.platformFees ?? []).reduce((sum, fee) => sum + minor(fee.amount), 0),
    netMinor: minor(shares?.netAmount),
    totalRefundedMinor: minor(shares?.totalRefundedAmount),
    sharesUnknown: !shares?.netAmount,
    createdAt: refund.createTime ?? '',
  };
}
