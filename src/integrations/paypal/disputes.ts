import { z } from 'zod';
import { meaningOf } from '../../domain/dispute/movements.ts';
import type { Currency, Money } from '../../domain/common/money.ts';
import { idAsked } from './asked.ts';
import type { PayPalHttp } from './http/http.ts';
import { fromWire, type WireMoney } from './money.ts';
import type { UnreadLine } from './report-line.ts';

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
  readonly transactions: readonly DisputedTransaction[];
  /** What the buyer disputes; undefined when PayPal does not say, or in no currency that we know. */
  readonly amount?: Money;
  /** By when PayPal wants to hear the seller; while it waits for that. */
  readonly respondUntil?: string;
  /** What the buyer got back, when resolved; undefined when PayPal does not say. */
  readonly refundedMinor?: number;
  /** How much of that was taken from the seller; undefined unless PayPal says that others paid, too. */
  readonly takenFromSellerMinor?: number;
  readonly movements: readonly DisputeMovement[];
  readonly createdAt?: string;
  readonly updatedAt?: string;
}

/** What PayPal calls a disputed transaction, and what we had called it. */
export interface DisputedTransaction {
  readonly theirIds: readonly string[];
  readonly ourIds: readonly string[];
}

/** Money that PayPal has moved because of a dispute. */
export interface DisputeMovement {
  readonly reason?: string;
  readonly affectedParty?: string;
  readonly type?: string;
  /** Undefined when there is none, or none that we can hold. */
  readonly amountMinor?: number;
  readonly currency?: Currency;
  /** As PayPal has it, for people: "15.00 USD". */
  readonly value: string;
}

const MONEY = z.looseObject({ currency_code: z.string(), value: z.string() });
const LIST = z.looseObject({
  items: z.array(z.unknown()).optional(),
  links: z.array(z.looseObject({ rel: z.string(), href: z.string() })).optional(),
});
/** One dispute that cannot be read is no reason not to look at the others. */
const LISTED = z.looseObject({ dispute_id: z.string().regex(/^[\x21-\x7e]{1,255}$/) });
const DISPUTE = z.looseObject({
  dispute_id: z.string(),
  create_time: z.string().optional(),
  update_time: z.string().optional(),
  status: z.string().optional(),
  reason: z.string().optional(),
  dispute_life_cycle_stage: z.string().optional(),
  dispute_state: z.string().optional(),
  links: z.array(z.looseObject({ rel: z.string() })).optional(),
  dispute_amount: MONEY.optional(),
  disputed_transactions: z
    .array(
      z.looseObject({
        seller_transaction_id: z.string().optional(),
        buyer_transaction_id: z.string().optional(),
        reference_id: z.string().optional(),
        invoice_number: z.string().optional(),
        custom: z.string().optional(),
      }),
    )
    .optional(),
  dispute_outcome: z
    .looseObject({ outcome_code: z.string().optional(), amount_refunded: MONEY.optional() })
    .optional(),
  seller_response_due_date: z.string().optional(),
  money_movements: z
    .array(
      z.looseObject({
        affected_party: z.string().optional(),
        type: z.string().optional(),
        reason: z.string().optional(),
        amount: MONEY.optional(),
      }),
    )
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

const PAGE_SIZE = 50; // The largest that PayPal allows.

/** https://developer.paypal.com/docs/api/customer-disputes/v1/ */
export class Disputes {
  constructor(private readonly http: PayPalHttp) {}

  /** https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_get */
  async get(disputeId: string): Promise<Dispute> {
    const path = `/v1/customer/disputes/${encodeURIComponent(idAsked('disputes.get', disputeId))}`;
    return readDispute(await this.http.request('disputes.get', DISPUTE, { method: 'GET', path }));
  }

  /**
   * The ids of the disputes that were opened or changed since then, at most 180 days ago.
   * https://developer.paypal.com/docs/api/customer-disputes/v1/#disputes_list
   */
  updatedSince(since: Date): AsyncIterable<string | UnreadLine> {
    return this.list(`update_time_after=${encodeURIComponent(since.toISOString())}`);
  }

  /** The ids of the disputes about a capture. */
  async *aboutTransaction(captureId: string): AsyncIterable<string> {
    const query = `disputed_transaction_id=${encodeURIComponent(captureId)}`;
    for await (const id of this.list(query)) if (typeof id === 'string') yield id;
  }

  private async *list(which: string): AsyncIterable<string | UnreadLine> {
    const query = `page_size=${PAGE_SIZE}&${which}`;
    for (let token = ''; ;) {
      const path = `/v1/customer/disputes?${query}${token}`;
      const page = await this.http.request('disputes.list', LIST, { method: 'GET', path });
      for (const raw of page.items ?? []) {
        const listed = LISTED.safeParse(raw);
        yield listed.success ? listed.data.dispute_id : { unread: 'it has no id', raw };
      }
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
  const movements = (dispute.money_movements ?? []).map((moved): DisputeMovement => {
    const { reason, affected_party: affectedParty, type, amount } = moved;
    const value = amount
      ? `${amount.value} ${amount.currency_code}`
      : 'an amount that it does not say';
    return { reason, affectedParty, type, value, ...readable(amount) };
  });
  return {
    disputeId: dispute.dispute_id,
    status: resolved ? 'resolved' : 'open',
    statusAtPayPal: dispute.status ?? 'OTHER',
    appealable:
      dispute.dispute_state === 'APPEALABLE' ||
      (dispute.links ?? []).some(({ rel }) => rel === 'appeal'),
    // A result that we do not know counts as lost: a person will look at a loss.
    result: resolved ? (RESULTS[outcome?.outcome_code ?? ''] ?? 'lost') : undefined,
    outcomeAtPayPal: outcome?.outcome_code,
    reason: dispute.reason ?? 'OTHER',
    stage: dispute.dispute_life_cycle_stage,
    transactions: (dispute.disputed_transactions ?? []).map(readTransaction),
    amount: readable(dispute.dispute_amount),
    respondUntil: dispute.seller_response_due_date,
    takenFromSellerMinor: takenFromSeller(movements),
    refundedMinor: readable(outcome?.amount_refunded)?.amountMinor ?? takenInAll(movements),
    movements,
    createdAt: dispute.create_time,
    updatedAt: dispute.update_time,
  };
}

function readTransaction(
  transaction: NonNullable<z.infer<typeof DISPUTE>['disputed_transactions']>[number],
): DisputedTransaction {
  const { seller_transaction_id: seller, buyer_transaction_id: buyer } = transaction;
  const { reference_id: partner, custom, invoice_number: invoice } = transaction;
  const given = (ids: (string | undefined)[]) => ids.filter((id) => id !== undefined);
  return { theirIds: given([seller, buyer, partner]), ourIds: given([custom, invoice, partner]) };
}

/** What cannot be read must not keep a dispute from blocking the money. */
function readable(money: WireMoney | undefined): Money | undefined {
  try {
    return money && fromWire('disputes.get', money);
  } catch {
    return undefined;
  }
}

/** Of the disputed money itself: fees are another matter. */
const settlements = (movements: readonly DisputeMovement[]) =>
  movements.filter((moved) => meaningOf(moved) === 'settlement');

/**
 * What was taken from the seller, less what came back. A platform that has paid is no party of its own in
 * PayPal's list: it is taken for the PAYMENT_PROCESSOR, and only where that is debited do we know anything.
 */
function takenFromSeller(movements: readonly DisputeMovement[]): number | undefined {
  const settled = settlements(movements);
  const byPlatform = settled.some(
    (one) => one.affectedParty === 'PAYMENT_PROCESSOR' && isDebit(one),
  );
  if (!byPlatform) return undefined;
  return netOf(settled.filter(({ affectedParty }) => affectedParty === 'SELLER'));
}

/** From seller and platform together; undefined when PayPal lists nothing. */
function takenInAll(movements: readonly DisputeMovement[]): number | undefined {
  const settled = settlements(movements);
  const known = settled.length > 0 && settled.every(({ amountMinor }) => amountMinor !== undefined);
  return known ? netOf(settled) : undefined;
}

const netOf = (movements: readonly DisputeMovement[]): number =>
  movements.reduce((sum, moved) => {
    const minor = moved.amountMinor ?? 0;
    return isDebit(moved) ? sum + minor : sum - minor;
  }, 0);

const isDebit = ({ type }: { type?: string }): boolean => type === 'DEBIT';
