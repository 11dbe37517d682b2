import { z } from 'zod';
import type { Currency } from '../../domain/money.ts';
import type { PayPalHttp } from './http/http.ts';
import { fromWire } from './money.ts';

export interface Dispute {
  readonly disputeId: string;
  readonly status: 'open' | 'resolved';
  /** PayPal's own word: WAITING_FOR_SELLER_RESPONSE, UNDER_REVIEW and others. */
  readonly statusAtPayPal: string;
  /** How it ended for the seller. */
  readonly result?: 'won' | 'lost' | 'withdrawn';
  readonly outcomeAtPayPal?: string;
  readonly reason: string;
  readonly stage?: string;
  readonly captureIds: readonly string[];
  readonly amountMinor: number;
  readonly currency: Currency;
  /** What the buyer got back, when resolved. */
  readonly refundedMinor: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

const MONEY = z.looseObject({ currency_code: z.string(), value: z.string() });
const DISPUTE = z.looseObject({
  dispute_id: z.string(),
  create_time: z.string(),
  update_time: z.string(),
  status: z.string(),
  reason: z.string(),
  dispute_life_cycle_stage: z.string().optional(),
  dispute_amount: MONEY,
  disputed_transactions: z.array(z.looseObject({ seller_transaction_id: z.string() })),
  dispute_outcome: z
    .looseObject({ outcome_code: z.string(), amount_refunded: MONEY.optional() })
    .optional(),
});

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

/** https://developer.paypal.com/docs/api/customer-disputes/v1/ */
export class Disputes {
  constructor(private readonly http: PayPalHttp) {}

  /** https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_get */
  async get(disputeId: string): Promise<Dispute> {
    const path = `/v1/customer/disputes/${encodeURIComponent(disputeId)}`;
    return readDispute(await this.http.request('disputes.get', DISPUTE, { method: 'GET', path }));
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
    // A result that we do not know counts as lost: a person will look at a loss.
    result: resolved ? (RESULTS[outcome?.outcome_code ?? ''] ?? 'lost') : undefined,
    outcomeAtPayPal: outcome?.outcome_code,
    reason: dispute.reason,
    stage: dispute.dispute_life_cycle_stage,
    captureIds: dispute.disputed_transactions.map((one) => one.seller_transaction_id),
    ...fromWire('disputes.get', dispute.dispute_amount),
    refundedMinor: refunded ? fromWire('disputes.get', refunded).amountMinor : 0,
    createdAt: dispute.create_time,
    updatedAt: dispute.update_time,
  };
}
