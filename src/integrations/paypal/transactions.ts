import { TransactionSearchController } from '@paypal/paypal-server-sdk';
import type { SearchResponse, TransactionInformation } from '@paypal/paypal-server-sdk';
import type { Currency } from '../../domain/money.ts';
import { PayPalError } from './errors.ts';
import type { PayPalHttp } from './http/http.ts';
import { fromPayPal, minorOrZero, unreadable } from './money.ts';

/** One movement of money in the account, as PayPal reports it up to three hours later. */
export interface Transaction {
  readonly transactionId: string;
  /** The order, transaction or agreement that it belongs to. */
  readonly referenceId?: string;
  readonly referenceType?: string;
  /** https://developer.paypal.com/docs/transaction-search/transaction-event-codes/ */
  readonly eventCode: string;
  readonly status: 'success' | 'pending' | 'denied' | 'reversed' | 'partiallyRefunded' | 'unknown';
  /** Negative when money leaves the account. */
  readonly amountMinor: number;
  readonly currency: Currency;
  /** PayPal's fee: negative, or 0. */
  readonly feeMinor: number;
  readonly invoiceId?: string;
  /** Our payment id. */
  readonly customId?: string;
  readonly initiatedAt: string;
  readonly updatedAt: string;
}

const STATUSES: Record<string, Transaction['status']> = {
  S: 'success',
  P: 'pending',
  D: 'denied',
  V: 'reversed',
  F: 'partiallyRefunded',
};

const DAY_MS = 24 * 60 * 60 * 1000;
const LONGEST_RANGE_MS = 31 * DAY_MS; // PayPal refuses a longer one.
const PAGE_SIZE = 500; // The largest that PayPal allows.

/** https://developer.paypal.com/docs/api/transaction-search/v1/ */
export class Transactions {
  private readonly controller: TransactionSearchController;

  constructor(private readonly http: PayPalHttp) {
    this.controller = new TransactionSearchController(http.client);
  }

  /** All transactions begun from `from` up to, not including, `to`, oldest range first. */
  async *search(from: Date, to: Date): AsyncIterable<Transaction> {
    for (let start = from.getTime(); start < to.getTime(); start += LONGEST_RANGE_MS) {
      yield* this.range(start, Math.min(start + LONGEST_RANGE_MS, to.getTime()));
    }
  }

  /** PayPal gives out 10,000 results at most; a range with more is asked for in halves. */
  private async *range(startMs: number, endMs: number): AsyncIterable<Transaction> {
    const first = await this.page(startMs, endMs, 1);
    if (first === 'too many') {
      const middleMs = Math.floor((startMs + endMs) / 2);
      yield* this.range(startMs, middleMs);
      yield* this.range(middleMs, endMs);
      return;
    }
    yield* readPage(first);
    for (let number = 2; number <= (first.totalPages ?? 1); number += 1) {
      const page = await this.page(startMs, endMs, number);
      if (page === 'too many') throw unreadable('transactions.search', 'grew while being read');
      yield* readPage(page);
    }
  }

  private async page(
    startMs: number,
    endMs: number,
    page: number,
  ): Promise<SearchResponse | 'too many'> {
    try {
      return await this.http.call('transactions.search', () =>
        this.controller.searchTransactions({
          startDate: new Date(startMs).toISOString(),
          endDate: new Date(endMs - 1).toISOString(), // PayPal counts the end in, we do not.
          fields: 'transaction_info',
          pageSize: PAGE_SIZE,
          page,
        }),
      );
    } catch (error) {
      const tooMany = error instanceof PayPalError && error.issue === 'RESULTSET_TOO_LARGE';
      if (tooMany && endMs - startMs > 1000) return 'too many';
      throw error;
    }
  }
}

function* readPage(page: SearchResponse): Iterable<Transaction> {
  for (const { transactionInfo } of page.transactionDetails ?? []) {
    if (transactionInfo) yield readTransaction(transactionInfo);
  }
}

function readTransaction(info: TransactionInformation): Transaction {
  const operation = 'transactions.search';
  if (!info.transactionId || !info.transactionInitiationDate) {
    throw unreadable(operation, 'a transaction without an id or a date');
  }
  const { amountMinor, currency } = fromPayPal(operation, info.transactionAmount);
  return {
    transactionId: info.transactionId,
    referenceId: info.paypalReferenceId,
    referenceType: info.paypalReferenceIdType,
    eventCode: info.transactionEventCode ?? '',
    status: STATUSES[info.transactionStatus ?? ''] ?? 'unknown',
    amountMinor,
    currency,
    feeMinor: minorOrZero(operation, info.feeAmount, currency),
    invoiceId: info.invoiceId,
    customId: info.customField,
    initiatedAt: info.transactionInitiationDate,
    updatedAt: info.transactionUpdatedDate ?? info.transactionInitiationDate,
  };
}
