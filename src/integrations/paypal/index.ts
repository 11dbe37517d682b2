import { Authorizations } from './authorizations.ts';
import type { CaptureAuthorization } from './authorizations.ts';
import { Captures } from './captures.ts';
import type { Capture, RefundOutcome, RefundRequest } from './captures.ts';
import { Disputes } from './disputes.ts';
import type { Dispute } from './disputes.ts';
import { PayPalHttp } from './http/http.ts';
import type { PayPalOptions } from './options.ts';
import { Orders } from './orders.ts';
import type {
  AuthorizeOutcome,
  CaptureOutcome,
  CreateOrder,
  CreateOrderOutcome,
  Order,
} from './orders.ts';
import { Payouts } from './payouts.ts';
import type { Payout, PayOutcome, PayRequest } from './payouts.ts';
import { ReferencedPayouts } from './referenced-payouts.ts';
import type { PayoutItem, PayoutOutcome } from './referenced-payouts.ts';
import { Refunds } from './refunds.ts';
import type { Refund } from './refunds.ts';
import type { ReportLine, UnreadLine } from './report-line.ts';
import { Transactions } from './transactions.ts';
import { Webhooks } from './webhooks.ts';
import type { WebhookVerdict } from './webhooks.ts';

export { PayPalError, PayPalUnreachable } from './errors.ts';
export { moneyIn } from './money.ts';
export { UNREADABLE_ANSWER, verdictOn } from './issues.ts';
export type { Audience, Verdict } from './issues.ts';
export type { PayPalOptions } from './options.ts';
export { captureOutcome, orderOf } from './orders.ts';
export { pendingVerdict } from './pending.ts';
export type { Capture, RefundOutcome, RefundRequest } from './captures.ts';
export type { Dispute, DisputedTransaction, DisputeMovement } from './disputes.ts';
export type { CaptureOutcome, CreateOrder, CreateOrderOutcome, Order } from './orders.ts';
export { BATCH_ID_IS_KEPT_MS } from './payouts.ts';
export type { Payout } from './payouts.ts';
export type { PayoutItem, PayoutOutcome } from './referenced-payouts.ts';
export type { Refund } from './refunds.ts';
export type { RefusedOutcome } from './refusal.ts';
export { lineKey } from './report-line.ts';
export type { ReportLine, Transaction, UnreadLine } from './report-line.ts';
export { UNREADABLE_EVENT } from './webhooks.ts';
export type { WebhookEvent, WebhookVerdict } from './webhooks.ts';

/**
 * PayPal as the rest of the house sees it, laid out as PayPal's API is. A refusal is a value; a
 * fault is thrown: PayPalError when PayPal answered with one, PayPalUnreachable when no answer came.
 */
export interface PayPal {
  readonly orders: {
    create(request: CreateOrder): Promise<CreateOrderOutcome>;
    /** Asked in the name of the seller, where one is named. */
    get(orderId: string, sellerMerchantId?: string | null): Promise<Order>;
    authorize(request: {
      orderId: string;
      requestId: string;
      sellerMerchantId: string | null;
    }): Promise<AuthorizeOutcome>;
    capture(request: {
      orderId: string;
      requestId: string;
      sellerMerchantId: string | null;
    }): Promise<CaptureOutcome>;
  };
  readonly authorizations: {
    capture(request: CaptureAuthorization): Promise<CaptureOutcome>;
    void(request: { authorizationId: string; sellerMerchantId: string | null }): Promise<void>;
  };
  readonly captures: {
    get(captureId: string): Promise<Capture>;
    refund(request: RefundRequest): Promise<RefundOutcome>;
  };
  readonly refunds: {
    get(refundId: string): Promise<Refund>;
    find(wanted: {
      orderId: string;
      invoiceId: string;
      amountMinor: number;
    }): Promise<Refund | undefined>;
  };
  readonly referencedPayouts: {
    release(request: {
      captureId: string;
      requestId: string;
      sellerMerchantId: string;
    }): Promise<PayoutOutcome>;
    get(itemId: string): Promise<PayoutItem>;
  };
  readonly payouts: {
    pay(request: PayRequest): Promise<PayOutcome>;
    get(batchId: string): Promise<Payout>;
  };
  readonly disputes: {
    get(disputeId: string): Promise<Dispute>;
    updatedSince(since: Date): AsyncIterable<string | UnreadLine>;
    aboutTransaction(captureId: string): AsyncIterable<string>;
  };
  readonly transactions: { search(from: Date, to: Date): AsyncIterable<ReportLine> };
  readonly webhooks: {
    verify(
      headers: Record<string, string | string[] | undefined>,
      rawBody: Buffer,
    ): Promise<WebhookVerdict>;
  };
}

/** Connects to nothing yet: the first call fetches an access token. */
export function createPayPal(options: PayPalOptions): PayPal {
  const http = new PayPalHttp(options);
  const refunds = new Refunds(http);
  const captures = new Captures(http, refunds);
  const orders = new Orders(http, captures);
  return {
    orders,
    authorizations: new Authorizations(http, orders),
    captures,
    refunds,
    referencedPayouts: new ReferencedPayouts(http),
    payouts: new Payouts(http),
    disputes: new Disputes(http),
    transactions: new Transactions(http),
    webhooks: new Webhooks(options),
  };
}
