import { toDecimal } from '../../src/domain/common/money.ts';
import type { Reconciled } from './reconcile.ts';

/** A table of the differences, and the sums, for people. */
export function linesOf(result: Reconciled): string[] {
  const { sales, compared, differences, sumOfDifferences } = result;
  const counted =
    `${sales} sales compared: ${compared.ledger} ledger transactions, ` +
    `${compared.paypal} at PayPal, ${compared.erp} documents in the ERP`;
  if (differences.length === 0) return [counted, 'No differences: 0.00'];
  const table = differences.map((difference) => {
    const { currency, expectedMinor, foundMinor, firstSeenAt } = difference;
    const amount = (minor: number) => `${toDecimal(minor, currency)} ${currency}`;
    return [
      difference.kind,
      `${difference.side} ${difference.subject.replace('_', ' ')}`,
      amount(expectedMinor),
      amount(foundMinor),
      firstSeenAt.slice(0, 10),
      difference.auctionId ?? '(no sale)',
      difference.detail ?? difference.reference,
    ];
  });
  return [
    counted,
    ...columns([['kind', 'what', 'ledger', 'found', 'since', 'sale', 'detail'], ...table]),
    `${differences.length} differences: ${sumOfDifferences}`,
  ];
}

function columns(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  );
}
