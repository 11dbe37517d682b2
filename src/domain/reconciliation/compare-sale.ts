import { withAnswers, type PaymentAsked } from './asked.ts';
import { isFigure } from './figures.ts';
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
  wanted: Pick<Difference, 'side' | 'subject' | 'reference' | 'currency' | 'expectedMinor'>,
): number {
  if (isFigure(wanted.subject)) return wanted.expectedMinor; // It was posted, and stays so.
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

/**
 * All that PayPal and the ERP have against the ledger. PayPal's report is believed in what it lists; what it
 * does not list, PayPal is asked for.
 */
export function compareSale(
  { sale, ledger, paypal, erp }: SaleViews,
  nowMs: number,
  asked: readonly PaymentAsked[] = [],
): Difference[] {
  const told = ledgerItems(sale, ledger);
  const expected = expectedAtPayPal(sale, told);
  const reported = paypalItems(sale, paypal);
  const answered = withAnswers(sale, { expected, reported }, asked);
  return [
    ...compareSide('paypal', answered.expected, answered.found, nowMs),
    ...compareSide('erp', expectedInErp(told), erpItems(sale, erp), nowMs),
  ];
}

/** What PayPal's report does not list of a sale, be it late or not shown to us at all. */
export const isUnlisted = ({ side, kind, expectedMinor, foundMinor }: Difference): boolean =>
  side === 'paypal' &&
  (kind === 'missing' || kind === 'timing') &&
  expectedMinor !== 0 &&
  foundMinor === 0;
