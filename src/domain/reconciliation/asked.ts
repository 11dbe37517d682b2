import type { Currency } from '../common/money.ts';
import type { Item } from './compare.ts';
import type { SaleFacts } from './views.ts';

/**
 * What PayPal says about a payment when it is asked itself. Its report may not list what sellers have
 * captured, so that a movement that is missing there proves nothing: the order, the capture and the payout
 * are asked for by their ids.
 */
export interface PaymentAsked {
  readonly paymentId: string;
  /** Why PayPal does not answer the question; then nothing is known. */
  readonly refused?: string;
  /** Undefined when PayPal knows no such capture. */
  readonly capture?: Stated & {
    /** Undefined while PayPal does not say how it shares the money out. */
    readonly shares?: { readonly paypalFeeMinor: number; readonly platformFeeMinor: number };
  };
  readonly refunds: readonly (Stated & {
    readonly refundId: string;
    readonly invoiceId?: string;
  })[];
  /** Of what PayPal held; undefined when there is none to ask for, or PayPal does not say how much. */
  readonly payout?: Stated;
}

interface Stated {
  readonly amountMinor: number;
  readonly currency: Currency;
  readonly standing?: 'underWay' | 'stopped';
  readonly atMs: number;
}

/** Expected and reported items, with what PayPal has answered in place of what its report does not list. */
export function withAnswers(
  sale: SaleFacts,
  { expected, reported }: { expected: readonly Item[]; reported: readonly Item[] },
  asked: readonly PaymentAsked[],
): { expected: Item[]; found: Item[] } {
  const answered = asked.flatMap((each) => answeredItems(sale, each));
  const found = [...reported, ...answered.filter((item) => !isAmong(reported, item))];
  const isKnowable = (item: Item) =>
    isAmong(found, item) || !isBeyondSight(sale, reported, asked, item);
  return { expected: expected.filter(isKnowable), found };
}

function answeredItems(sale: SaleFacts, asked: PaymentAsked): Item[] {
  const { paymentId, capture, refunds, payout } = asked;
  const holdsNothing = sale.payments.find(({ id }) => id === paymentId)?.heldBy === 'house';
  const items: Item[] = refunds.map(({ refundId, invoiceId, ...stated }) => {
    const own = sale.refunds.find(
      ({ id, paypalRefundId }) => paypalRefundId === refundId || id === invoiceId,
    );
    return { ...stated, subject: 'refund', reference: own?.id ?? refundId };
  });
  if (capture) {
    const { shares, ...stated } = capture;
    const item = { ...stated, reference: paymentId };
    items.push({ ...item, subject: 'capture' });
    if (shares) {
      items.push({ ...item, subject: 'paypal_fee', amountMinor: shares.paypalFeeMinor });
      if (!holdsNothing) {
        items.push({ ...item, subject: 'platform_fee', amountMinor: shares.platformFeeMinor });
      }
    }
  }
  if (payout) items.push({ ...payout, subject: 'release', reference: paymentId });
  return items;
}

/** Neither the report nor an answer can tell of it, so that its absence says nothing. */
function isBeyondSight(
  sale: SaleFacts,
  reported: readonly Item[],
  asked: readonly PaymentAsked[],
  { subject, reference }: Item,
): boolean {
  const paymentId = sale.refunds.find(({ id }) => id === reference)?.paymentId ?? reference;
  const answer = asked.find((each) => each.paymentId === paymentId);
  const isListed = reported.some(
    (item) => item.subject === 'capture' && item.reference === paymentId,
  );
  if (!answer || isListed) return false;
  switch (subject) {
    case 'capture':
    case 'refund':
      return answer.refused !== undefined;
    case 'paypal_fee':
    case 'platform_fee':
      return answer.refused !== undefined || (answer.capture && !answer.capture.shares) === true;
    default:
      return true;
  }
}

const isAmong = (items: readonly Item[], wanted: Item): boolean =>
  items.some(
    ({ subject, reference, currency }) =>
      subject === wanted.subject && reference === wanted.reference && currency === wanted.currency,
  );
