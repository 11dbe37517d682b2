import { CaptureStatus, PaymentsController } from '@paypal/paypal-server-sdk';
import type { CapturedPayment, OrdersCapture } from '@paypal/paypal-server-sdk';
import { cutText } from '../../domain/common/cut-text.ts';
import type { Currency, Money } from '../../domain/common/money.ts';
import { amountAsked, idAsked } from './asked.ts';
import type { PayPalHttp } from './http/http.ts';
import {
  fromPayPal,
  minorOrZero,
  isText,
  statusIn,
  toPayPal,
  unreadable,
  type SdkMoney,
} from './money.ts';
import { refusalIn, refused } from './refusal.ts';
import type { RefusedOutcome, Refusal } from './refusal.ts';
import { readRefund } from './refunds.ts';
import type { Refund, Refunds } from './refunds.ts';

export interface Capture {
  readonly captureId: string;
  /** unknown: PayPal has added it since. */
  readonly status: keyof typeof CAPTURE_AT_PAYPAL | 'unknown';
  /** PayPal's reason while pending or declined: ECHECK, PENDING_REVIEW and others. */
  readonly pendingReason?: string;
  readonly amountMinor: number;
  readonly currency: Currency;
  /** Fixed at capture. The three are 0, 0 and the amount until PayPal has completed the capture. */
  readonly paypalFeeMinor: number;
  readonly platformFeeMinor: number;
  readonly netMinor: number;
  /** PayPal has not said how it shares the money out, so that the three say nothing. */
  readonly sharesUnknown?: boolean;
  /** Our payment id. */
  readonly customId?: string;
  readonly capturedAt: string;
  readonly orderId?: string;
}

export interface RefundRequest {
  readonly captureId: string;
  /** PayPal keeps it for 45 days. */
  readonly requestId: string;
  /** Null: the house itself. */
  readonly sellerMerchantId: string | null;
  readonly amountMinor: number;
  readonly currency: Currency;
  /** One per refund, not per sale: it is how a refund is found again when its key has run out. */
  readonly invoiceId: string;
  /** Shown to the buyer. */
  readonly note?: string;
}

export type RefundOutcome =
  | { readonly outcome: 'refunded'; readonly refund: Refund }
  | { readonly outcome: 'pending'; readonly refund: Refund }
  | RefusedOutcome;

export const CAPTURE_AT_PAYPAL = {
  completed: CaptureStatus.Completed,
  pending: CaptureStatus.Pending,
  declined: CaptureStatus.Declined,
  failed: CaptureStatus.Failed,
  refunded: CaptureStatus.Refunded,
  partiallyRefunded: CaptureStatus.PartiallyRefunded,
} as const;

const LONGEST_NOTE = 255;

/** https://developer.paypal.com/docs/api/payments/v2/#captures */
export class Captures {
  private readonly controller: PaymentsController;

  constructor(
    private readonly http: PayPalHttp,
    private readonly refunds: Refunds,
  ) {
    this.controller = new PaymentsController(http.client);
  }

  /** https://developer.paypal.com/docs/api/payments/v2/#captures_get */
  async get(captureId: string): Promise<Capture> {
    const answer = await this.http.call('captures.get', () =>
      this.controller.getCapturedPayment({ captureId: idAsked('captures.get', captureId) }),
    );
    return readCapture('captures.get', answer);
  }

  /**
   * Gives back all or part of a capture. The platform's fee is left to PayPal to share out, as
   * naming it needs a right that few partners have.
   * https://developer.paypal.com/docs/api/payments/v2/#captures_refund
   */
  async refund(request: RefundRequest): Promise<RefundOutcome> {
    const captureId = idAsked('captures.refund', request.captureId);
    amountAsked('captures.refund', request.amountMinor);
    try {
      const answer = await this.http.call('captures.refund', () =>
        this.controller.refundCapturedPayment({
          captureId,
          paypalRequestId: request.requestId,
          paypalAuthAssertion: this.http.authAssertion(request.sellerMerchantId),
          prefer: 'return=representation',
          body: {
            amount: toPayPal(request),
            invoiceId: request.invoiceId,
            noteToPayer: request.note && noteOf(request.note),
          },
        }),
      );
      return refundOutcome(asAsked(readRefund('captures.refund', answer), request));
    } catch (error) {
      return this.afterRefusal(request, refusalIn(error));
    }
  }

  private async afterRefusal(request: RefundRequest, refusal: Refusal): Promise<RefundOutcome> {
    if (refusal.kind === 'ask') {
      const { orderId } = await this.get(request.captureId);
      const refund = orderId && (await this.refunds.find({ ...request, orderId }));
      if (refund) return refundOutcome(refund);
    }
    return refused(refusal);
  }
}

/** Another refund than we asked for is none of ours, and no proof that ours was not made. */
function asAsked(refund: Refund, { amountMinor, currency }: RefundRequest): Refund {
  if (refund.amountMinor === amountMinor && refund.currency === currency) return refund;
  const { refundId, amountMinor: given } = refund;
  throw unreadable(
    'captures.refund',
    `refund ${refundId} is of ${given} ${refund.currency}, we asked for ${amountMinor} ${currency}`,
  );
}

/** PayPal takes one line. */
const noteOf = (note: string): string | undefined =>
  cutText(note.replaceAll(/\s+/g, ' '), LONGEST_NOTE) || undefined;

function refundOutcome(refund: Refund): RefundOutcome {
  switch (refund.status) {
    case 'completed':
      return { outcome: 'refunded', refund };
    case 'pending':
    case 'unknown': // To call it failed could refund a second time.
      return { outcome: 'pending', refund };
    case 'failed':
    case 'cancelled':
      return {
        outcome: 'refused',
        issue: `REFUND_${refund.status.toUpperCase()}`,
        reason: `PayPal took the refund on, but it was ${refund.status}.`,
        audience: 'operator',
      };
  }
}

/**
 * Reads a capture by itself or inside its order; the order's lacks the order id. Without a time of its own
 * it was at the time given, for us.
 */
export function readCapture(
  operation: string,
  capture: CapturedPayment | OrdersCapture,
  at: string = new Date().toISOString(),
): Capture {
  if (!isText(capture.id) || !isText(capture.status)) {
    throw unreadable(operation, `capture ${capture.id} with status ${capture.status}`);
  }
  const breakdown = capture.sellerReceivableBreakdown;
  const { amountMinor, currency } = fromPayPal(operation, capture.amount ?? breakdown?.grossAmount);
  const shares = sharesIn(operation, breakdown, { amountMinor, currency });
  const relatedIds = 'supplementaryData' in capture && capture.supplementaryData?.relatedIds;
  return {
    captureId: capture.id,
    status: statusIn(CAPTURE_AT_PAYPAL, capture.status) ?? 'unknown',
    pendingReason: capture.statusDetails?.reason,
    amountMinor,
    currency,
    ...(shares ?? { paypalFeeMinor: 0, platformFeeMinor: 0, netMinor: amountMinor }),
    sharesUnknown: !shares,
    customId: capture.customId,
    capturedAt: capture.createTime ?? at,
    orderId: relatedIds ? relatedIds.orderId : undefined,
  };
}

/** PayPal need not name each share: what two of them leave is the third. */
function sharesIn(
  operation: string,
  breakdown: CapturedPayment['sellerReceivableBreakdown'],
  { amountMinor, currency }: Money,
): Pick<Capture, 'paypalFeeMinor' | 'platformFeeMinor' | 'netMinor'> | undefined {
  const minor = (amount: SdkMoney | undefined) =>
    amount && minorOrZero(operation, amount, currency);
  const fee = minor(breakdown?.paypalFee);
  const net = minor(breakdown?.netAmount);
  const platform = breakdown?.platformFees?.reduce(
    (sum, { amount }) => sum + minorOrZero(operation, amount, currency),
    0,
  );
  if (fee === undefined && net === undefined) return undefined;
  const paypalFeeMinor = fee ?? amountMinor - (platform ?? 0) - net!;
  const platformFeeMinor = platform ?? (net === undefined ? 0 : amountMinor - paypalFeeMinor - net);
  return {
    paypalFeeMinor,
    platformFeeMinor,
    netMinor: net ?? amountMinor - paypalFeeMinor - platformFeeMinor,
  };
}
