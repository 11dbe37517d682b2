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

/** All that PayPal and the ERP have against the ledger. */
export function compareSale({ sale, ledger, paypal, erp }: SaleViews, nowMs: number): Difference[] {
  const told = ledgerItems(sale, ledger);
  return [
    ...compareSide('paypal', expectedAtPayPal(sale, told), paypalItems(sale, paypal), nowMs),
    ...compareSide('erp', expectedInErp(told), erpItems(sale, erp), nowMs),
  ];
}
