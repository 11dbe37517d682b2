import { compareSide, type Difference } from './compare.ts';
import {
  erpItems,
  expectedAtPayPal,
  expectedInErp,
  ledgerItems,
  paypalItems,
  type Document,
  type LedgerLine,
  type Movement,
  type SaleFacts,
} from './views.ts';

/** A sale as each of the three sides tells it. */
export interface SaleViews {
  readonly sale: SaleFacts;
  readonly ledger: readonly LedgerLine[];
  readonly paypal: readonly Movement[];
  readonly erp: readonly Document[];
}

const NO_SALE: SaleFacts = { isOwn: false, payments: [], disbursements: [], refunds: [] };

/** Movements at PayPal that belong to no sale of ours: each is one that the ledger does not have. */
export const compareStrangers = (movements: readonly Movement[], nowMs: number): Difference[] =>
  compareSide('paypal', [], paypalItems(NO_SALE, movements), nowMs);

/** What the ledger says about the subject of a difference, in minor units. */
export function expectedMinor(
  { sale, ledger }: Pick<SaleViews, 'sale' | 'ledger'>,
  wanted: Pick<Difference, 'side' | 'subject' | 'reference' | 'currency'>,
): number {
  const told = ledgerItems(sale, ledger);
  const expected = wanted.side === 'paypal' ? expectedAtPayPal(sale, told) : expectedInErp(told);
  return expected
    .filter(
      ({ subject, reference, currency }) =>
        subject === wanted.subject &&
        reference === wanted.reference &&
        currency === wanted.currency,
    )
    .reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

/** All that PayPal and the ERP have against the ledger. */
export function compareSale({ sale, ledger, paypal, erp }: SaleViews, nowMs: number): Difference[] {
  const told = ledgerItems(sale, ledger);
  return [
    ...compareSide('paypal', expectedAtPayPal(sale, told), paypalItems(sale, paypal), nowMs),
    ...compareSide('erp', expectedInErp(told), erpItems(sale, erp), nowMs),
  ];
}
