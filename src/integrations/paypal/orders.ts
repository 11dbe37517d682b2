import {
  AuthorizationStatus,
  CheckoutPaymentIntent,
  DisbursementMode,
  OrdersController,
} from '@paypal/paypal-server-sdk';
import { OrderApplicationContextUserAction, OrderStatus } from '@paypal/paypal-server-sdk';
import type {
  Order as SdkOrder,
  OrderRequest,
  Refund as SdkRefund,
} from '@paypal/paypal-server-sdk';
import { cutText } from '../../domain/common/cut-text.ts';
import type { Currency } from '../../domain/common/money.ts';
import { statusSeen, type PaymentAtPayPal } from '../../domain/payment/paypal-states.ts';
import { amountAsked, idAsked } from './asked.ts';
import { CAPTURE_AT_PAYPAL, readCapture } from './captures.ts';
import type { Capture, Captures } from './captures.ts';
import { PayPalError, PayPalUnreachable } from './errors.ts';
import type { PayPalHttp } from './http/http.ts';
import { isText, statusIn, toPayPal, unreadable } from './money.ts';
import { readRefund, type Refund } from './refunds.ts';
import { refusalIn, refused } from './refusal.ts';
import type { RefusedOutcome, Refusal } from './refusal.ts';

export interface CreateOrder {
  /** PayPal keeps it for 6 hours; after that a repeat makes a second order. */
  readonly requestId: string;
  /** Our payment id; PayPal gives it back as custom_id everywhere. */
  readonly referenceId: string;
  readonly invoiceId: string;
  readonly description: string;
  readonly amountMinor: number;
  readonly currency: Currency;
  /** What the platform keeps of the amount; 0 for nothing. */
  readonly platformFeeMinor: number;
  /** Null: the house itself, in whose name nobody needs to be asserted. */
  readonly sellerMerchantId: string | null;
  /** delayed: PayPal holds the money until it is released, at the latest for 28 days. */
  readonly disbursement: 'delayed' | 'instant';
  /** authorise: the money is taken in two steps, and the disbursement said at the second. */
  readonly intent: 'capture' | 'authorise';
  readonly returnUrl: string;
  readonly cancelUrl: string;
}

export type CreateOrderOutcome =
  | { readonly outcome: 'created'; readonly orderId: string; readonly approveUrl: string }
  | RefusedOutcome;

export interface Order {
  readonly orderId: string;
  /**
   * PayPal forgets an order that is not paid within some hours: it is as if it had never been. unknown: a
   * status that PayPal has added since; what has been captured is told all the same.
   */
  readonly status: keyof typeof STATUS_AT_PAYPAL | 'forgotten' | 'unknown';
  /** What it shows furthest along, in PayPal's words: see the table of what is done about it. */
  readonly seen: PaymentAtPayPal;
  /** Where the buyer approves; absent once there is nothing left to approve. */
  readonly approveUrl?: string;
  /** The PayPal account of the buyer, once there is an approval. */
  readonly payerId?: string;
  readonly authorization?: Authorization;
  readonly capture?: Capture;
  /** What went back to the buyer; undefined when a part of that cannot be read. */
  readonly refunds?: readonly Refund[];
}

export interface Authorization {
  readonly authorizationId: string;
  /** pending: PayPal is reviewing it, and it cannot be captured yet. */
  readonly status: 'pending' | 'decided';
  readonly pendingReason?: string;
}

export type AuthorizeOutcome =
  | { readonly outcome: 'authorised'; readonly authorizationId: string }
  | Exclude<CaptureOutcome, { outcome: 'captured' | 'pending' }>;

export type CaptureOutcome =
  | { readonly outcome: 'captured'; readonly capture: Capture }
  | { readonly outcome: 'pending'; readonly capture: Capture }
  /** The buyer may choose another source or approve again. */
  | { readonly outcome: 'declined'; readonly issue: string; readonly reason: string }
  /** No retry helps. */
  | RefusedOutcome;

const STATUS_AT_PAYPAL = {
  created: OrderStatus.Created,
  saved: OrderStatus.Saved,
  approved: OrderStatus.Approved,
  voided: OrderStatus.Voided,
  completed: OrderStatus.Completed,
  payerActionRequired: OrderStatus.PayerActionRequired,
} as const;

/**
 * PayPal cuts nothing short for us: a longer text is an error. The length is said for ASCII, and another
 * character may count for more than one: so it is taken as bytes.
 */
const LONGEST_DESCRIPTION = 127;

/** https://developer.paypal.com/docs/api/orders/v2/ */
export class Orders {
  private readonly controller: OrdersController;

  constructor(
    private readonly http: PayPalHttp,
    private readonly captures: Pick<Captures, 'get'>,
  ) {
    this.controller = new OrdersController(http.client);
  }

  /** https://developer.paypal.com/docs/api/orders/v2/#orders_create */
  async create(request: CreateOrder): Promise<CreateOrderOutcome> {
    amountAsked('orders.create', request.amountMinor);
    try {
      const order = await this.http.call('orders.create', () =>
        this.controller.createOrder({
          body: orderRequest(request),
          paypalRequestId: request.requestId,
          paypalPartnerAttributionId: this.http.partnerAttributionId,
          paypalAuthAssertion: this.http.authAssertion(request.sellerMerchantId),
          prefer: 'return=representation',
        }),
      );
      const { orderId, ...created } = readOrder('orders.create', order);
      // An answer need not have links: then the order itself is asked for.
      const approveUrl = created.approveUrl ?? (await this.get(orderId)).approveUrl;
      if (!approveUrl) throw unreadable('orders.create', `no approval link on order ${orderId}`);
      return { outcome: 'created', orderId, approveUrl };
    } catch (error) {
      return refused(refusalIn(error));
    }
  }

  /**
   * Asked as ourselves, unless a seller is named, in whose name it is then.
   * https://developer.paypal.com/docs/api/orders/v2/#orders_get
   */
  async get(orderId: string, sellerMerchantId: string | null = null): Promise<Order> {
    try {
      const answer = await this.http.call('orders.get', () =>
        this.controller.getOrder({
          id: idAsked('orders.get', orderId),
          paypalAuthAssertion: this.http.authAssertion(sellerMerchantId),
        }),
      );
      const order = readOrder('orders.get', answer);
      const capture = order.capture && (await this.withShares(order.capture));
      return withoutShares({ ...order, capture });
    } catch (error) {
      if (isForgotten(error)) {
        return { orderId, status: 'forgotten', seen: 'order forgotten', refunds: [] };
      }
      throw error;
    }
  }

  /**
   * Takes the money that the buyer has approved. An order that turns out to be captured already,
   * whoever did it, gives the capture that is there.
   * https://developer.paypal.com/docs/api/orders/v2/#orders_capture
   */
  async capture(request: {
    orderId: string;
    requestId: string;
    sellerMerchantId: string | null;
  }): Promise<CaptureOutcome> {
    try {
      const order = await this.http.call('orders.capture', () =>
        this.controller.captureOrder({
          id: idAsked('orders.capture', request.orderId),
          paypalRequestId: request.requestId,
          paypalAuthAssertion: this.http.authAssertion(request.sellerMerchantId),
          prefer: 'return=representation',
        }),
      );
      const { capture } = readOrder('orders.capture', order);
      if (!capture) throw unreadable('orders.capture', `no capture on order ${request.orderId}`);
      return captureOutcome(await this.withShares(capture));
    } catch (error) {
      if (isForgotten(error)) return FORGOTTEN;
      return afterRefusedCapture(this, request.orderId, refusalIn(error));
    }
  }

  /** An answer need not say how PayPal shares the money out: then the capture itself is asked for. */
  private async withShares(capture: Capture): Promise<Capture> {
    if (capture.status === 'pending' || !capture.sharesUnknown) return capture;
    const asked = await this.captures.get(capture.captureId).catch((error: unknown) => {
      if (error instanceof PayPalError || error instanceof PayPalUnreachable) return capture;
      throw error;
    });
    return { ...asked, orderId: capture.orderId };
  }

  /**
   * Has the buyer's money kept for us. An order that turns out to be authorised already gives the
   * authorization that is there.
   * https://developer.paypal.com/docs/api/orders/v2/#orders_authorize
   */
  async authorize(request: {
    orderId: string;
    requestId: string;
    sellerMerchantId: string | null;
  }): Promise<AuthorizeOutcome> {
    try {
      const order = await this.http.call('orders.authorize', () =>
        this.controller.authorizeOrder({
          id: idAsked('orders.authorize', request.orderId),
          paypalRequestId: request.requestId,
          paypalAuthAssertion: this.http.authAssertion(request.sellerMerchantId),
          prefer: 'return=representation',
        }),
      );
      const { authorization } = readOrder('orders.authorize', order);
      if (!authorization) throw unreadable('orders.authorize', 'no authorization on the order');
      return { outcome: 'authorised', authorizationId: authorization.authorizationId };
    } catch (error) {
      if (isForgotten(error)) return FORGOTTEN;
      const refusal = refusalIn(error);
      if (refusal.kind === 'decline') return declinedBy(refusal);
      const { authorization } = refusal.kind === 'ask' ? await this.get(request.orderId) : {};
      return authorization
        ? { outcome: 'authorised', authorizationId: authorization.authorizationId }
        : refused(refusal);
    }
  }
}

/** What a refusal to capture comes to: PayPal is asked where it may have been captured before. */
export async function afterRefusedCapture(
  orders: Orders,
  orderId: string,
  refusal: Refusal,
): Promise<CaptureOutcome> {
  if (refusal.kind === 'decline') return declinedBy(refusal);
  if (refusal.kind === 'ask') {
    const { capture } = await orders.get(orderId);
    if (capture) return captureOutcome(capture);
  }
  return refused(refusal);
}

const declinedBy = ({ issue, reason }: Refusal) =>
  ({ outcome: 'declined', issue, reason }) as const;

const isForgotten = (error: unknown): boolean =>
  error instanceof PayPalError && error.status === 404 && error.issue === 'INVALID_RESOURCE_ID';

/** The approval was not used in time; the buyer may give another. */
const FORGOTTEN = {
  outcome: 'declined',
  issue: 'INVALID_RESOURCE_ID',
  reason: 'The approval at PayPal has expired.',
} as const;

/** An order that PayPal has forgotten, as the capture of it that PayPal knows shows it. */
export function orderOf(capture: Capture, orderId: string): Order {
  const theirs = capture.status === 'unknown' ? undefined : CAPTURE_AT_PAYPAL[capture.status];
  return withoutShares({
    orderId,
    status: 'completed',
    seen: statusSeen('capture', theirs),
    capture: { ...capture, orderId },
    refunds: [],
  });
}

/** Nothing can be posted of a capture while PayPal does not say what it has taken: it is asked again. */
function withoutShares(order: Order): Order {
  const { capture, seen } = order;
  const taken = capture && captureOutcome(capture);
  if (taken?.outcome !== 'pending' || taken.capture.pendingReason !== SHARES_UNKNOWN) return order;
  return seen.startsWith('capture ')
    ? { ...order, seen: 'capture PENDING', capture: taken.capture }
    : order;
}

/** Ours, beside PayPal's reasons for which a capture is pending. */
const SHARES_UNKNOWN = 'SHARES_UNKNOWN';

/** What a capture's status means for whoever wanted the money. */
export function captureOutcome(capture: Capture): CaptureOutcome {
  switch (capture.status) {
    case 'completed':
    case 'refunded':
    case 'partiallyRefunded':
      // Nothing can be posted of it while PayPal does not say what it has taken: it is asked again.
      return capture.sharesUnknown
        ? { outcome: 'pending', capture: { ...capture, pendingReason: SHARES_UNKNOWN } }
        : { outcome: 'captured', capture };
    case 'pending':
    case 'unknown': // PayPal has added it since: the table says what is done about it.
      return { outcome: 'pending', capture };
    case 'declined':
    case 'failed':
      return {
        outcome: 'declined',
        issue: `CAPTURE_${capture.status.toUpperCase()}`,
        reason: 'PayPal could not take the payment from this source.',
      };
  }
}

function orderRequest(request: CreateOrder): OrderRequest {
  const { amountMinor, currency, platformFeeMinor } = request;
  const platformFee = { amount: toPayPal({ amountMinor: platformFeeMinor, currency }) };
  return {
    intent:
      request.intent === 'authorise'
        ? CheckoutPaymentIntent.Authorize
        : CheckoutPaymentIntent.Capture,
    purchaseUnits: [
      {
        amount: toPayPal({ amountMinor, currency }),
        // PayPal takes the caller for the payee where there is none.
        payee: request.sellerMerchantId ? { merchantId: request.sellerMerchantId } : undefined,
        // PayPal refuses it on an order to be authorised.
        paymentInstruction:
          request.intent === 'authorise'
            ? undefined
            : {
                disbursementMode:
                  request.disbursement === 'delayed'
                    ? DisbursementMode.Delayed
                    : DisbursementMode.Instant,
                // PayPal refuses a fee of nothing, and more than one fee.
                platformFees: platformFeeMinor > 0 ? [platformFee] : undefined,
              },
        description: cutText(request.description, LONGEST_DESCRIPTION) || undefined,
        customId: request.referenceId,
        invoiceId: request.invoiceId,
      },
    ],
    applicationContext: {
      returnUrl: request.returnUrl,
      cancelUrl: request.cancelUrl,
      userAction: OrderApplicationContextUserAction.PayNow,
    },
  };
}

function readOrder(operation: string, order: SdkOrder): Order {
  if (!isText(order.id) || !isText(order.status)) {
    throw unreadable(operation, `order ${order.id} with status ${order.status}`);
  }
  const payments = order.purchaseUnits?.[0]?.payments;
  const capture = payments?.captures?.at(-1);
  const authorization = payments?.authorizations?.at(-1);
  return {
    orderId: order.id,
    status: statusIn(STATUS_AT_PAYPAL, order.status) ?? 'unknown',
    seen: seenIn(order),
    approveUrl: order.links?.find(({ rel }) => rel === 'approve' || rel === 'payer-action')?.href,
    payerId: order.payer?.payerId,
    authorization: authorization?.id
      ? {
          authorizationId: authorization.id,
          status: authorization.status === AuthorizationStatus.Pending ? 'pending' : 'decided',
          pendingReason: authorization.statusDetails?.reason,
        }
      : undefined,
    // Without a time of its own it is no older than the order, whose money is then not held too long.
    capture: capture && {
      ...readCapture(operation, capture, order.createTime),
      orderId: order.id,
    },
    refunds: readRefunds(operation, payments?.refunds ?? []),
  };
}

function seenIn({ status, purchaseUnits }: SdkOrder): PaymentAtPayPal {
  const payments = purchaseUnits?.[0]?.payments;
  const capture = payments?.captures?.at(-1);
  const authorization = payments?.authorizations?.at(-1);
  // A part of what was to be taken is nothing that can be recorded.
  const inPart = authorization?.status === AuthorizationStatus.PartiallyCaptured;
  if (capture && !inPart) return statusSeen('capture', capture.status);
  if (authorization) return statusSeen('authorization', authorization.status);
  return statusSeen('order', status);
}

function readRefunds(operation: string, refunds: readonly SdkRefund[]): Refund[] | undefined {
  try {
    return refunds.map((refund) => readRefund(operation, refund));
  } catch (error) {
    if (error instanceof PayPalError) return undefined;
    throw error;
  }
}
