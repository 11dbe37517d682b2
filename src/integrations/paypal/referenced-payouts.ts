import { z } from 'zod';
import type { Currency } from '../../domain/common/money.ts';
import { payoutStanding } from '../../domain/disbursement/paypal-states.ts';
import { idAsked } from './asked.ts';
import type { PayPalHttp } from './http/http.ts';
import { verdictOn } from './issues.ts';
import { moneyIn } from './money.ts';
import { refusalIn } from './refusal.ts';

/** The release of one capture's held money to its seller. */
export interface PayoutItem {
  readonly itemId: string;
  readonly status: 'pending' | 'succeeded' | 'failed';
  /** PayPal's code, when failed: TRANSACTION_UNDER_DISPUTE, NOT_ENOUGH_BALANCE and others. */
  readonly reason?: string;
  readonly captureId?: string;
  /** What the seller receives, once PayPal has worked it out. */
  readonly amountMinor?: number;
  readonly currency?: Currency;
  readonly payoutTransactionId?: string;
}

export type PayoutOutcome =
  /** Without an item when another call has released the money before. */
  | { readonly outcome: 'released'; readonly item?: PayoutItem }
  | { readonly outcome: 'pending'; readonly item: PayoutItem }
  | {
      readonly outcome: 'failed';
      /** PayPal's code. */
      readonly reason: string;
      /** The same, as a sentence. */
      readonly explanation: string;
      /** The same release may succeed later, under a new request id. */
      readonly retryable: boolean;
      readonly item?: PayoutItem;
    };

const MONEY = z.looseObject({ currency_code: z.string(), value: z.string() });
const ITEM = z.looseObject({
  item_id: z.string(),
  processing_state: z
    .looseObject({ status: z.string().nullish(), reason: z.string().nullish() })
    .nullish(),
  reference_id: z.string().nullish(),
  payout_amount: MONEY.nullish().catch(undefined),
  payout_transaction_id: z.string().nullish().catch(undefined),
});

const PATH = '/v1/payments/referenced-payouts-items';

/** https://developer.paypal.com/docs/api/referenced-payouts/v1/ */
export class ReferencedPayouts {
  constructor(private readonly http: PayPalHttp) {}

  /**
   * Releases the whole net of a capture to its seller; PayPal knows no partial release. PayPal keeps
   * the request id for 3 days, and refuses a second release of the same capture for good.
   */
  async release(request: {
    captureId: string;
    requestId: string;
    sellerMerchantId: string;
  }): Promise<PayoutOutcome> {
    const captureId = idAsked('payouts.create', request.captureId);
    try {
      const item = await this.http.request('payouts.create', ITEM, {
        method: 'POST',
        path: PATH,
        headers: {
          'PayPal-Request-Id': request.requestId,
          'PayPal-Partner-Attribution-Id': this.http.partnerAttributionId,
          'PayPal-Auth-Assertion': this.http.authAssertion(request.sellerMerchantId),
          Prefer: 'respond-sync',
        },
        body: { reference_id: captureId, reference_type: 'TRANSACTION_ID' },
      });
      return payoutOutcome(readItem(item));
    } catch (error) {
      const { issue, reason } = refusalIn(error);
      if (ALREADY_RELEASED.has(issue)) return { outcome: 'released' };
      return { outcome: 'failed', reason: issue, explanation: reason, retryable: false };
    }
  }

  /** Ids of items look like base64 and may end in an equals sign. */
  async get(itemId: string): Promise<PayoutItem> {
    const path = `${PATH}/${encodeURIComponent(idAsked('payouts.get', itemId))}`;
    const item = await this.http.request('payouts.get', ITEM, { method: 'GET', path });
    return readItem(item);
  }
}

const ALREADY_RELEASED = new Set(['PAYOUT_ALREADY_COMPLETED_FOR_REFERENCE']);

/** A failed item whose reason is one of these has not failed: an earlier one does its work. */
const NOT_A_FAILURE: Record<string, PayoutItem['status']> = {
  PAYOUT_ALREADY_COMPLETED_FOR_REFERENCE: 'succeeded',
  PAYOUT_INITIATED: 'pending',
};

function payoutOutcome(item: PayoutItem): PayoutOutcome {
  if (item.status === 'succeeded') return { outcome: 'released', item };
  if (item.status === 'pending') return { outcome: 'pending', item };
  const reason = item.reason ?? 'UNKNOWN';
  const verdict = verdictOn(reason);
  return {
    outcome: 'failed',
    reason,
    explanation: 'sentence' in verdict ? verdict.sentence : `PayPal failed the payout: ${reason}.`,
    retryable: verdict.kind === 'retry',
    item,
  };
}

function readItem(item: z.infer<typeof ITEM>): PayoutItem {
  const { status, reason: given } = item.processing_state ?? {};
  const reason = given ?? undefined;
  // How much it is helps to compare; that it was paid does not hang on it.
  const amount = moneyIn(item.payout_amount ?? undefined);
  return {
    itemId: item.item_id,
    status: readStatus(status ?? 'UNKNOWN', reason),
    reason,
    captureId: item.reference_id ?? undefined,
    amountMinor: amount?.amountMinor,
    currency: amount?.currency,
    payoutTransactionId: item.payout_transaction_id ?? undefined,
  };
}

function readStatus(status: string, reason: string | undefined): PayoutItem['status'] {
  const standing = payoutStanding('referenced', status);
  if (standing === 'failed') return NOT_A_FAILURE[reason ?? ''] ?? 'failed';
  return standing === 'succeeded' ? 'succeeded' : 'pending';
}
