import { z } from 'zod';
import type { Currency } from '../../domain/money.ts';
import type { PayPalHttp } from './http/http.ts';
import { fromWire } from './money.ts';

export interface Dispute {
  readonly disputeId: string;
  readonly status: 'open' | 'resolved';
  /** PayPal's own word: WAITING_FOR_SELLER_RESPONSE, UNDER_REVIEW and others. */
  readonly statusAtPayPal: string;
  /** PayPal has decided, and would hear an appeal. */
  readonly appealable: boolean;
  /** How it ended for the seller. */
  readonly result?: 'won' | 'lost' | 'withdrawn';
  readonly outcomeAtPayPal?: string;
  readonly reason: string;
  readonly stage?: string;
  readonly captureIds: readonly string[];
  readonly amountMinor: number;
  readonly currency: Currency;
  /** By when PayPal wants to hear the seller; while it waits for that. */
  readonly respondUntil?: string;
  /** What the buyer got back, when resolved. */
  readonly refundedMinor: number;
  /** How much of that was taken from the seller; undefined unless PayPal says that others paid, too. */
  readonly takenFromSellerMinor?: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

const MONEY = z.looseObject({ currency_code: z.string(), value: z.string() });
const LIST = z.looseObject({
  items: z.array(z.looseObject({ dispute_id: z.string(), update_time: z.string() })).optional(),
  links: z.array(z.looseObject({ rel: z.string(), href: z.string() })).optional(),
});
const DISPUTE = z.looseObject({
  dispute_id: z.string(),
  create_time: z.string(),
  update_time: z.string(),
  status: z.string(),
  reason: z.string(),
  dispute_life_cycle_stage: z.string().optional(),
  dispute_state: z.string().optional(),
  links: z.array(z.looseObject({ rel: z.string() })).optional(),
  dispute_amount: MONEY,
  disputed_transactions: z.array(z.looseObject({ seller_transaction_id: z.string() })),
  dispute_outcome: z
    .looseObject({ outcome_code: z.string(), amount_refunded: MONEY.optional() })
    .optional(),
  seller_response_due_date: z.string().optional(),
  money_movements: z
    .array(
      z.looseObject({
        affected_party: z.string().optional(),
        type: z.string().optional(),
        amount: MONEY.optional(),
      }),
    )
    .optional(),
});
type Movements = z.infer<typeof DISPUTE>['money_movements'];

/** Whose favour each of PayPal's outcomes is in. With RESOLVED_WITH_PAYOUT it is PayPal who pays. */
const RESULTS: Record<string, Dispute['result']> = {
  RESOLVED_BUYER_FAVOUR: 'lost',
  ACCEPTED: 'lost',
  RESOLVED_SELLER_FAVOUR: 'won',
  RESOLVED_WITH_PAYOUT: 'won',
  DENIED: 'won',
  CANCELED_BY_BUYER: 'withdrawn',
  NONE: 'withdrawn',
};

const PAGE_SIZE = 50; // The largest that PayPal allows.

/** https://developer.paypal.com/docs/api/customer-disputes/v1/ */
export class Disputes {
  constructor(private readonly http: PayPalHttp) {}

  /** https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_get */
  async get(disputeId: string): Promise<Dispute> {
    const path = `/v1/customer/disputes/${encodeURIComponent(disputeId)}`;
    return readDispute(await this.http.request('disputes.get', DISPUTE, { method: 'GET', path }));
  }

  /**
   * The ids of the disputes that were opened or changed since then, at most 180 days ago.
   * https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_list
   */
  updatedSince(since: Date): AsyncIterable<string> {
    return this.list(`update_time_after=${encodeURIComponent(since.toISOString())}`);
  }

  /** The ids of the disputes about a capture. */
  aboutTransaction(captureId: string): AsyncIterable<string> {
    return this.list(`disputed_transaction_id=${encodeURIComponent(captureId)}`);
  }

  private async *list(which: string): AsyncIterable<string> {
    const query = `page_size=${PAGE_SIZE}&${which}`;
    for (let token = ''; ;) {
      const path = `/v1/customer/disputes?${query}${token}`;
      const page = await this.http.request('disputes.list', LIST, { method: 'GET', path });
      for (const { dispute_id: id } of page.items ?? []) yield id;
      const next = page.links?.find(({ rel }) => rel === 'next');
      if (!next) return;
      const { searchParams } = new URL(next.href);
      token = `&next_page_token=${encodeURIComponent(searchParams.get('next_page_token') ?? '')}`;
    }
  }
}

function readDispute(dispute: z.infer<typeof DISPUTE>): Dispute {
  const outcome = dispute.dispute_outcome;
  const resolved = dispute.status === 'RESOLVED';
  const refunded = outcome?.amount_refunded;
  return {
    disputeId: dispute.dispute_id,
    status: resolved ? 'resolved' : 'open',
    statusAtPayPal: dispute.status,
    appealable:
      dispute.dispute_state === 'APPEALABLE' ||
      (dispute.links ?? []).some(({ rel }) => rel === 'appeal'),
    // A result that we do not know counts as lost: a person will look at a loss.
    result: resolved ? (RESULTS[outcome?.outcome_code ?? ''] ?? 'lost') : undefined,
    outcomeAtPayPal: outcome?.outcome_code,
    reason: dispute.reason,
    stage: dispute.dispute_life_cycle_stage,
    captureIds: dispute.disputed_transactions.map((one) => one.seller_transaction_id),
    ...fromWire('disputes.get', dispute.dispute_amount),
    respondUntil: dispute.seller_response_due_date,
    takenFromSellerMinor: takenFromSeller(dispute.money_movements),
    refundedMinor: refunded ? fromWire('disputes.get', refunded).amountMinor : 0,
    createdAt: dispute.create_time,
    updatedAt: dispute.update_time,
  };
}

/**
 * What was taken from the seller, less what came back. A platform that has paid is no party of its own in
 * PayPal's list: it is taken for the PAYMENT_PROCESSOR, and only where that is debited do we know anything.
 */
function takenFromSeller(movements: Movements): number | undefined {
  if (!movements?.some((moved) => moved.affected_party === 'PAYMENT_PROCESSOR' && isDebit(moved))) {
    return undefined;
  }
  return movements
    .filter(({ affected_party: party }) => party === 'SELLER')
    .reduce((sum, moved) => {
      const minor = moved.amount ? fromWire('disputes.get', moved.amount).amountMinor : 0;
      return isDebit(moved) ? sum + minor : sum - minor;
    }, 0);
}

const isDebit = ({ type }: { type?: string }): boolean => type === 'DEBIT';
