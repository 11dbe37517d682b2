import { z } from 'zod';
import type { Currency } from '../../domain/common/money.ts';
import { payoutStanding, type PayoutStanding } from '../../domain/disbursement/paypal-states.ts';
import { PayPalError, PayPalUnreachable } from './errors.ts';
import { amountAsked, idAsked } from './asked.ts';
import type { PayPalHttp } from './http/http.ts';
import { verdictOn } from './issues.ts';
import { moneyIn, toPayPal } from './money.ts';
import { refusalIn } from './refusal.ts';

export interface PayRequest {
  /** Decided before the call: PayPal pays once for it, within 30 days. */
  readonly senderBatchId: string;
  readonly senderItemId: string;
  /** The receiver's PayPal account. */
  readonly merchantId: string;
  readonly amountMinor: number;
  readonly currency: Currency;
  /** Shown to the receiver. */
  readonly note: string;
}

/** Money that the house sends to a seller, or to a buyer: a batch of one item. */
export interface Payout {
  readonly batchId: string;
  /** unclaimed: it waits for the receiver, and comes back after 30 days. */
  readonly status: PayoutStanding;
  /** PayPal's code, when failed. */
  readonly reason?: string;
  /** What PayPal takes from the sender for it. */
  readonly feeMinor: number;
}

export type PayOutcome =
  | { readonly outcome: 'accepted'; readonly payout: Payout }
  | { readonly outcome: 'refused'; readonly reason: string; readonly retryable: boolean };

const BATCH_HEADER = z.looseObject({
  payout_batch_id: z.string(),
  batch_status: z.string().optional(),
});
const CREATED = z.looseObject({ batch_header: BATCH_HEADER });
const MONEY = z.looseObject({ currency: z.string(), value: z.string() });
/** We ask by the batch's id: what it says of itself beside its item may be missing. */
const BATCH = z.looseObject({
  batch_header: z.looseObject({ batch_status: z.string().optional() }).optional().catch(undefined),
  items: z
    .array(
      z.looseObject({
        transaction_status: z.string().optional().catch(undefined),
        payout_item_fee: MONEY.optional().catch(undefined),
        errors: z
          .looseObject({ name: z.string().optional().catch(undefined) })
          .nullish()
          .catch(undefined),
      }),
    )
    .optional(),
});

/** How long PayPal remembers the id of a batch. */
export const BATCH_ID_IS_KEPT_MS = 30 * 24 * 3_600_000;

const PATH = '/v1/payments/payouts';

/** https://developer.paypal.com/api/payments.payouts-batch/v1/ */
export class Payouts {
  constructor(private readonly http: PayPalHttp) {}

  /**
   * Sends money from the house's own balance. A second call with the same batch id is refused with a
   * link to the payout of the first, which is then the answer.
   */
  async pay(request: PayRequest): Promise<PayOutcome> {
    amountAsked('batchPayouts.create', request.amountMinor);
    let batchId: string;
    try {
      const { batch_header: header } = await this.http.request('batchPayouts.create', CREATED, {
        method: 'POST',
        path: PATH,
        headers: { 'PayPal-Request-Id': request.senderBatchId },
        body: payoutRequest(request),
      });
      batchId = header.payout_batch_id;
    } catch (error) {
      const earlier = earlierBatch(error);
      if (!earlier) {
        const { issue } = refusalIn(error);
        return { outcome: 'refused', reason: issue, retryable: verdictOn(issue).kind === 'retry' };
      }
      batchId = earlier;
    }
    return { outcome: 'accepted', payout: await this.getOrPending(batchId) };
  }

  /** PayPal has taken it on: should it not say now how it stands, it will later. */
  private async getOrPending(batchId: string): Promise<Payout> {
    try {
      return await this.get(batchId);
    } catch (error) {
      if (!(error instanceof PayPalError || error instanceof PayPalUnreachable)) throw error;
      return { batchId, status: 'pending', feeMinor: 0 };
    }
  }

  /** The batch, because only it tells of an item that PayPal has not looked at yet. */
  async get(batchId: string): Promise<Payout> {
    const path = `${PATH}/${encodeURIComponent(idAsked('batchPayouts.get', batchId))}`;
    const batch = await this.http.request('batchPayouts.get', BATCH, { method: 'GET', path });
    const item = batch.items?.[0];
    const status = item?.transaction_status ?? batch.batch_header?.batch_status ?? 'UNKNOWN';
    const fee = item?.payout_item_fee;
    return {
      batchId,
      status: payoutStanding('batch', status),
      reason: item?.errors?.name ?? status,
      feeMinor: moneyIn(fee && { currency_code: fee.currency, value: fee.value })?.amountMinor ?? 0,
    };
  }
}

function payoutRequest(request: PayRequest): object {
  const { currencyCode: currency, value } = toPayPal(request);
  return {
    sender_batch_header: { sender_batch_id: request.senderBatchId },
    items: [
      {
        recipient_type: 'PAYPAL_ID',
        receiver: request.merchantId,
        amount: { currency, value },
        sender_item_id: request.senderItemId,
        note: request.note,
      },
    ],
  };
}

function earlierBatch(error: unknown): string | undefined {
  if (!(error instanceof PayPalError) || error.issue !== 'USER_BUSINESS_ERROR') return undefined;
  for (const link of error.links) {
    const id = /\/v1\/payments\/payouts\/([A-Za-z0-9_-]+)$/.exec(link)?.[1];
    if (id) return id;
  }
  return undefined;
}
