import type { EntityManager } from 'typeorm';
import type { Figure } from '../../domain/reconciliation/figures.ts';
import { toDecimal } from '../../domain/common/money.ts';
import type { Payment } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';

/**
 * Keeps what PayPal has said of a step of ours beside what we have posted. Where the two differ, people are
 * told once; every reconciliation shows it until it is closed or repaired.
 */
export async function keepFigure(
  tx: EntityManager,
  { id: paymentId, currency }: Pick<Payment, 'id' | 'currency'>,
  { subject, reference, expectedMinor, saidMinor }: Figure,
): Promise<void> {
  await tx.query(
    `INSERT INTO paypal_figure (subject, reference, payment_id, currency, expected_minor, said_minor)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (subject, reference) DO NOTHING`,
    [subject, reference, paymentId, currency, expectedMinor, saidMinor],
  );
  if (saidMinor === expectedMinor) return;
  const [said, expected] = [saidMinor, expectedMinor].map((minor) => toDecimal(minor, currency));
  await tellPayPalDiffers(tx, paymentId, `${subject} ${reference}`, `${said}, we ${expected}`);
}

export const tellPayPalDiffers = (
  tx: EntityManager,
  paymentId: string,
  what: string,
  figures: string,
): Promise<void> =>
  notify(tx, {
    recipientId: OPERATORS,
    kind: 'paypal_differs',
    subjectId: paymentId,
    cause: what,
    text: `PayPal and the ledger differ in ${what} of payment ${paymentId}: PayPal says ${figures}. The reconciliation shows it.`,
  });

/** Those of these sales that differ and are not mended, by sale. */
export function figuresOf(
  tx: EntityManager,
  auctionIds: readonly string[],
): Promise<(Figure & { auctionId: string; currency: Payment['currency'] })[]> {
  return tx.query(
    `SELECT auction_id AS "auctionId", subject, reference, figure.currency,
            expected_minor AS "expectedMinor", said_minor AS "saidMinor"
     FROM paypal_figure AS figure JOIN payment ON payment.id = payment_id
     WHERE auction_id = ANY($1) AND expected_minor <> said_minor
       AND NOT EXISTS (SELECT FROM difference AS mended
                       WHERE mended.side = 'paypal' AND mended.subject = figure.subject
                         AND mended.reference = figure.reference AND mended.state = 'repaired')
     ORDER BY subject, reference`,
    [auctionIds],
  );
}
