import { describe, expect, it } from 'vitest';
import { linesOf } from './lines.ts';
import type { Reconciled } from './reconcile.ts';

const AGREED: Reconciled = {
  sales: 3,
  compared: { ledger: 6, paypal: 9, erp: 6 },
  differences: [],
  sumOfDifferences: '0.00',
};

describe('the reconciliation, for people', () => {
  it('says that all agree', () => {
    expect(linesOf(AGREED)).toEqual([
      '3 sales compared: 6 ledger transactions, 9 at PayPal, 6 documents in the ERP',
      'No differences: 0.00',
    ]);
  });

  it('lines the differences up, with what each side says and since when', () => {
    const lines = linesOf({
      ...AGREED,
      sumOfDifferences: '12.50',
      differences: [
        {
          id: '01a1ff08-d145-7236-9862-3f258ad0db40',
          auctionId: null,
          side: 'paypal',
          subject: 'platform_fee',
          reference: '8X1',
          kind: 'extra',
          currency: 'EUR',
          expectedMinor: 0,
          foundMinor: 1_250,
          detail: null,
          state: 'open',
          assignee: null,
          closeReason: null,
          firstSeenAt: '2026-11-20T03:30:00.000Z',
          lastSeenAt: '2026-11-21T03:30:00.000Z',
        },
      ],
    });
    expect(lines.slice(1)).toEqual([
      'kind   what                 ledger    found      since       sale       detail',
      'extra  paypal platform fee  0.00 EUR  12.50 EUR  2026-11-20  (no sale)  8X1',
      '1 differences: 12.50',
    ]);
  });
});
