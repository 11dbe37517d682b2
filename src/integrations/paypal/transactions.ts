import { z } from 'zod';
import { PayPalError } from './errors.ts';
import type { PayPalHttp } from './http/http.ts';
import { unreadable } from './money.ts';
import { readLine, type ReportLine } from './report-line.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const LONGEST_RANGE_MS = 31 * DAY_MS; // PayPal refuses a longer one.
const PAGE_SIZE = 500; // The largest that PayPal allows.

/** Lines are read one by one: the SDK refuses a whole page for one of them. */
const PAGE = z.looseObject({
  transaction_details: z.array(z.unknown()).nullish(),
  total_pages: z.number().nullish().catch(undefined),
});
type Page = z.infer<typeof PAGE>;

/** https://developer.paypal.com/docs/api/transaction-search/v1/ */
export class Transactions {
  constructor(private readonly http: PayPalHttp) {}

  /**
   * All transactions begun from `from` up to, not including, `to`, oldest range first; with the lines that
   * cannot be read, as such.
   */
  async *search(from: Date, to: Date): AsyncIterable<ReportLine> {
    for (let start = from.getTime(); start < to.getTime(); start += LONGEST_RANGE_MS) {
      yield* this.range(start, Math.min(start + LONGEST_RANGE_MS, to.getTime()));
    }
  }

  /** PayPal gives out 10,000 results at most; a range with more is asked for in halves. */
  private async *range(startMs: number, endMs: number): AsyncIterable<ReportLine> {
    const first = await this.page(startMs, endMs, 1);
    if (first === 'too many') {
      const middleMs = Math.floor((startMs + endMs) / 2);
      yield* this.range(startMs, middleMs);
      yield* this.range(middleMs, endMs);
      return;
    }
    yield* linesOf(first);
    for (let number = 2, last = first; !isLast(last, number - 1); number += 1) {
      const page = await this.page(startMs, endMs, number);
      if (page === 'too many') throw unreadable('transactions.search', 'grew while being read');
      yield* linesOf(page);
      last = page;
    }
  }

  private async page(startMs: number, endMs: number, page: number): Promise<Page | 'too many'> {
    const query = new URLSearchParams({
      start_date: new Date(startMs).toISOString(),
      end_date: new Date(endMs - 1).toISOString(), // PayPal counts the end in, we do not.
      fields: 'transaction_info',
      page_size: String(PAGE_SIZE),
      page: String(page),
    });
    const path = `/v1/reporting/transactions?${query}`;
    try {
      return await this.http.request('transactions.search', PAGE, { method: 'GET', path });
    } catch (error) {
      const tooMany = error instanceof PayPalError && error.issue === 'RESULTSET_TOO_LARGE';
      if (tooMany && endMs - startMs > 1000) return 'too many';
      throw error;
    }
  }
}

const linesOf = (page: Page): ReportLine[] => (page.transaction_details ?? []).map(readLine);

/** PayPal need not say how many pages there are: then one that is not full is the last. */
const isLast = (
  { total_pages: pages, transaction_details: lines }: Page,
  number: number,
): boolean => (typeof pages === 'number' ? number >= pages : (lines?.length ?? 0) < PAGE_SIZE);
