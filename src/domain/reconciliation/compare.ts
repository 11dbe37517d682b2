import { durationMs } from '../common/duration.ts';
import { decimalPlaces, type Currency } from '../common/money.ts';

/**
 * What is compared. PayPal is held against the ledger movement by movement, the ERP document by
 * document; a document is expected for each movement that the ledger has.
 */
export const SUBJECTS = [
  'capture', // What the buyer paid.
  'paypal_fee', // What PayPal kept of it.
  'platform_fee', // What PayPal set aside of it for the house.
  'refund',
  'dispute_loss', // What PayPal itself gave back to the buyer, less what came back of it.
  'dispute_fee', // What PayPal charged because of a dispute.
  'refund_platform_fee', // What of a refund came out of the platform's fee.
  'refund_paypal_fee', // What PayPal gave back of its own fee.
  'release', // What the seller was paid, out of what PayPal or the house held.
  'payout_amount', // What PayPal says that a release has paid.
  'payout_fee', // What PayPal charged the house for a payout, be it to the seller or as a refund.
  'invoice',
  'settlement',
  'credit_note',
  'debit_note',
] as const;
export type Subject = (typeof SUBJECTS)[number];

/** The side that is held against the ledger. */
export const SIDES = ['paypal', 'erp'] as const;
export type Side = (typeof SIDES)[number];

export const KINDS = [
  'missing', // The ledger has it, the other side does not.
  'extra', // The other side has it, the ledger does not.
  'amount', // Both have it, with another amount.
  'state', // Both have it, but there it has not taken effect.
  'timing', // One side has it, and the other may still follow.
] as const;
export type DifferenceKind = (typeof KINDS)[number];

/** One thing that a side knows about a sale. Amounts are in minor units. */
export interface Item {
  readonly subject: Subject;
  /** The same on both sides: the id of the payment or refund, else PayPal's own id. */
  readonly reference: string;
  readonly amountMinor: number;
  readonly currency: Currency;
  /** Unix milliseconds at which the side came to know it, or last heard of it. */
  readonly atMs: number;
  /** Done when left out. What is lost was there once, as far as we were told, and is no more. */
  readonly standing?: 'underWay' | 'stopped' | 'lost';
  /** The side's own word on it, for people. */
  readonly detail?: string;
}

export interface Difference {
  readonly side: Side;
  readonly subject: Subject;
  readonly reference: string;
  readonly kind: DifferenceKind;
  readonly currency: Currency;
  /** What the ledger says, in minor units. */
  readonly expectedMinor: number;
  /** What has taken effect on the other side, in minor units. */
  readonly foundMinor: number;
  readonly detail?: string;
}

/**
 * How long one side may be behind the other before that is a fault. PayPal reports a movement up to
 * three hours later (https://developer.paypal.com/docs/transaction-search/); Gavel asks PayPal at least
 * every hour, and the ERP is tried for a day.
 */
const MAY_LAG_MS: Record<Side, number> = {
  paypal: durationMs('PT3H'),
  erp: durationMs('P1D'),
};

/** What one side has against what the ledger expects of it. */
export function compareSide(
  side: Side,
  expected: readonly Item[],
  found: readonly Item[],
  nowMs: number,
): Difference[] {
  const isYoung = ({ atMs }: Item) => nowMs - atMs < MAY_LAG_MS[side];
  const pairs = new Map<string, { expected?: Item; found?: Item }>();
  for (const item of expected) addTo(pairs, 'expected', item);
  for (const item of found) addTo(pairs, 'found', item);

  return [...pairs.values()].flatMap(({ expected, found }): Difference[] => {
    const kind = kindOf(unlessNothing(expected), unlessNothing(found), isYoung);
    if (!kind) return [];
    const { subject, reference, currency } = (expected ?? found)!;
    return [
      {
        side,
        subject,
        reference,
        kind,
        currency,
        expectedMinor: expected?.amountMinor ?? 0,
        foundMinor: found && !found.standing ? found.amountMinor : 0,
        detail: found?.detail,
      },
    ];
  });
}

/** PayPal does not move nothing, and nobody misses a document about it. */
const unlessNothing = (item: Item | undefined): Item | undefined =>
  item?.amountMinor === 0 ? undefined : item;

function kindOf(
  expected: Item | undefined,
  found: Item | undefined,
  isYoung: (item: Item) => boolean,
): DifferenceKind | undefined {
  if (!expected) {
    // What has not taken effect there either is nobody's money yet.
    if (!found || found.standing) return undefined;
    return isYoung(found) ? 'timing' : 'extra';
  }
  if (!found) return isYoung(expected) ? 'timing' : 'missing';
  switch (found.standing) {
    case 'underWay':
      return isYoung(found) ? 'timing' : 'state';
    case 'stopped':
      return 'state';
    case 'lost':
      return 'missing';
    case undefined:
      return found.amountMinor === expected.amountMinor ? undefined : 'amount';
  }
}

/** Items of one reference add up. An amount in another currency is another thing altogether. */
function addTo(
  pairs: Map<string, { expected?: Item; found?: Item }>,
  place: 'expected' | 'found',
  item: Item,
): void {
  const key = [item.subject, item.reference, item.currency].join(' ');
  const pair = pairs.get(key) ?? {};
  const before = pair[place];
  const sum = before && {
    ...item,
    amountMinor: before.amountMinor + item.amountMinor,
    atMs: Math.max(before.atMs, item.atMs),
    standing: before.standing ?? item.standing,
    detail: before.detail ?? item.detail,
  };
  pairs.set(key, { ...pair, [place]: sum ?? item });
}

/**
 * All differences as one decimal number, "12.34": the absolute amounts, each in units of its currency.
 * Over several currencies it says no more than whether there is any difference; "0.00" says that
 * there is none.
 */
export function sumOfDifferences(
  differences: readonly Pick<Difference, 'currency' | 'expectedMinor' | 'foundMinor'>[],
): string {
  const hundredths = differences.reduce((sum, { currency, expectedMinor, foundMinor }) => {
    const off = BigInt(expectedMinor) - BigInt(foundMinor);
    return sum + (off < 0n ? -off : off) * 10n ** BigInt(2 - decimalPlaces(currency));
  }, 0n);
  const digits = String(hundredths).padStart(3, '0');
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}
