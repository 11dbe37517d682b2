import type { Currency } from '../common/money.ts';
import type { Difference, Subject } from './compare.ts';

/** What PayPal says itself, in its answers, of what its report does not list. */
export const FIGURE_SUBJECTS = [
  'refund_platform_fee', // What of a refund came out of the platform's fee.
  'refund_paypal_fee', // What PayPal gave back of its own fee.
  'payout_amount', // What a release has paid to the seller.
] as const satisfies readonly Subject[];

export interface Figure {
  readonly subject: (typeof FIGURE_SUBJECTS)[number];
  /** The id of the refund, or of the payment that was paid out. */
  readonly reference: string;
  /** What we have posted, in minor units. */
  readonly expectedMinor: number;
  readonly saidMinor: number;
}

export const isFigure = (subject: Subject): boolean =>
  (FIGURE_SUBJECTS as readonly Subject[]).includes(subject);

/** A payout whose amount the report shows to differ, too, is one difference and not two. */
export const differencesIn = (
  figures: readonly (Figure & { readonly currency: Currency })[],
  found: readonly Difference[],
): Difference[] =>
  figures
    .filter(
      ({ subject, reference }) =>
        subject !== 'payout_amount' ||
        !found.some((one) => one.subject === 'release' && one.reference === reference),
    )
    .map(({ subject, reference, currency, expectedMinor, saidMinor }) => ({
      side: 'paypal',
      subject,
      reference,
      kind: 'amount',
      currency,
      expectedMinor,
      foundMinor: saidMinor,
      detail: 'PayPal says so in its answer',
    }));
