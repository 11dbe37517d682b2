import { DisbursementMode, PaymentsController } from '@paypal/paypal-server-sdk';
import type { Currency } from '../../domain/common/money.ts';
import { readCapture } from './captures.ts';
import { PayPalError } from './errors.ts';
import { idAsked } from './asked.ts';
import type { PayPalHttp } from './http/http.ts';
import { toPayPal } from './money.ts';
import { afterRefusedCapture, captureOutcome } from './orders.ts';
import type { CaptureOutcome, Orders } from './orders.ts';
import { refusalIn } from './refusal.ts';

export interface CaptureAuthorization {
  readonly authorizationId: string;
  readonly orderId: string;
  /** PayPal keeps it for 45 days. */
  readonly requestId: string;
  /** Null: the house itself. */
  readonly sellerMerchantId: string | null;
  readonly disbursement: 'delayed' | 'instant';
  /** What the platform keeps; with an authorization it is said here, not on the order. */
  readonly platformFeeMinor: number;
  readonly currency: Currency;
}

/** https://developer.paypal.com/docs/api/payments/v2/#authorizations */
export class Authorizations {
  private readonly controller: PaymentsController;

  constructor(
    private readonly http: PayPalHttp,
    private readonly orders: Orders,
  ) {
    this.controller = new PaymentsController(http.client);
  }

  /**
   * Takes the whole of what was authorised. PayPal honours an authorization for 3 days, and lets it be
   * captured for 29.
   * https://developer.paypal.com/docs/api/payments/v2/#authorizations_capture
   */
  async capture(request: CaptureAuthorization): Promise<CaptureOutcome> {
    const { authorizationId, orderId, platformFeeMinor: amountMinor, currency } = request;
    const platformFee = { amount: toPayPal({ amountMinor, currency }) };
    try {
      const capture = await this.http.call('authorizations.capture', () =>
        this.controller.captureAuthorizedPayment({
          authorizationId: idAsked('authorizations.capture', authorizationId),
          paypalRequestId: request.requestId,
          paypalAuthAssertion: this.http.authAssertion(request.sellerMerchantId),
          prefer: 'return=representation',
          body: {
            finalCapture: true,
            paymentInstruction:
              request.disbursement === 'delayed'
                ? {
                    disbursementMode: DisbursementMode.Delayed,
                    platformFees: amountMinor > 0 ? [platformFee] : undefined,
                  }
                : undefined,
          },
        }),
      );
      return captureOutcome({ ...readCapture('authorizations.capture', capture), orderId });
    } catch (error) {
      return afterRefusedCapture(this.orders, orderId, refusalIn(error));
    }
  }

  /**
   * Lets the buyer's money go. One that is void already stays so.
   * https://developer.paypal.com/docs/api/payments/v2/#authorizations_void
   */
  async void(request: { authorizationId: string; sellerMerchantId: string | null }): Promise<void> {
    try {
      await this.http.call('authorizations.void', () =>
        this.controller.voidPayment({
          authorizationId: idAsked('authorizations.void', request.authorizationId),
          paypalAuthAssertion: this.http.authAssertion(request.sellerMerchantId),
        }),
      );
    } catch (error) {
      if (!(error instanceof PayPalError) || !OVER.has(error.issue)) throw error;
    }
  }
}

/** There is nothing left to void. */
const OVER = new Set(['PREVIOUSLY_VOIDED', 'AUTHORIZATION_VOIDED', 'AUTHORIZATION_EXPIRED']);
