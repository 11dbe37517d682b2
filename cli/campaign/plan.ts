import { Dice } from './dice.ts';

/** What the people of one sale do, and what befalls its documents on the way to the ERP. */
export interface SalePlan {
  readonly number: number;
  readonly priceMinor: number;
  readonly feeBorneByHouse: boolean;
  readonly seller: Seller;
  readonly winner: 'pays' | 'is declined first' | 'does not pay';
  readonly second: 'pays' | 'declines' | 'does not answer';
  readonly after: After;
  /** In percent of what the buyer paid, where only a part goes back. */
  readonly refundedPart: number;
  readonly erpFault: ErpFault;
}

/** PayPal does not hold money for the second: the house does. The third has spent what PayPal has paid. */
export type Seller = 'ordinary' | 'not held for' | 'without money';
type After = keyof typeof AFTER;
type ErpFault = keyof typeof ERP_FAULTS;

const AFTER = {
  'is released': 30,
  'is refunded in part while held': 12,
  'is refunded whole while held': 10,
  'is refunded in part after the release': 8,
  'is refunded whole after the release': 6,
  'is disputed, and the dispute is won': 8,
  'is disputed, and the dispute is lost': 8,
  'is disputed after the release, and lost': 6,
  'has an invoice that the ERP rejects': 8,
} as const;

const ERP_FAULTS = {
  none: 40,
  '500': 10,
  '503': 10,
  delay: 8,
  'reset-after-effect': 12,
  'duplicate-callback': 10,
  'late-callback': 7,
  'drop-callback': 3,
} as const;

/** The sales of a campaign: the same for the same seed. */
export function planSales(seed: number, sales: number): SalePlan[] {
  const dice = new Dice(seed);
  return Array.from({ length: sales }, (_, number) => ({
    number,
    priceMinor: dice.between(1_000, 2_000_000),
    feeBorneByHouse: dice.next() < 0.25,
    seller: sellerFor(dice.next()),
    winner: dice.choose({ pays: 75, 'is declined first': 12, 'does not pay': 13 }),
    second: dice.choose({ pays: 50, declines: 25, 'does not answer': 25 }),
    after: dice.choose(AFTER),
    // More would leave nothing for the seller but PayPal's fee, and PayPal does not pay out nothing.
    refundedPart: dice.between(1, 80),
    erpFault: dice.choose(ERP_FAULTS),
  }));
}

function sellerFor(chance: number): Seller {
  if (chance < 0.2) return 'not held for';
  return chance < 0.8 ? 'ordinary' : 'without money';
}

interface PayPalFault {
  readonly operation: string;
  readonly kind: string;
  readonly probability: number;
  readonly seed: number;
  readonly delayMs?: number;
  readonly reason?: string;
  readonly times?: number;
}

/** How PayPal fails during a campaign: before and after the effect, in its answers and its webhooks. */
export function planPayPalFaults(seed: number): PayPalFault[] {
  const acts = [
    'orders.create',
    'orders.capture',
    'captures.refund',
    'payouts.create',
    'batchPayouts.create',
  ];
  const faults: Omit<PayPalFault, 'seed'>[] = [
    ...acts.flatMap((operation) => [
      { operation, kind: '500', probability: 0.03 },
      { operation, kind: '503', probability: 0.03 },
      { operation, kind: 'reset-before-effect', probability: 0.02 },
      { operation, kind: 'reset-after-effect', probability: 0.05 },
      { operation, kind: '500-after-effect', probability: 0.04 },
      // Each costs our patience with PayPal, which is 15 seconds.
      { operation, kind: 'timeout-after-effect', probability: 0.02, times: 4 },
    ]),
    { operation: 'payouts.create', kind: 'payout-pending', probability: 0.05, delayMs: 2_000 },
    {
      operation: 'payouts.create',
      kind: 'payout-failed',
      reason: 'INTERNAL_ERROR',
      probability: 0.03,
    },
    { operation: 'oauth.token', kind: '503', probability: 0.05 },
    { operation: '*', kind: '503', probability: 0.02 },
    { operation: '*', kind: 'delay', probability: 0.05, delayMs: 300 },
    { operation: 'webhook', kind: 'duplicate', probability: 0.15 },
    { operation: 'webhook', kind: 'late', probability: 0.1, delayMs: 3_000 },
    { operation: 'webhook', kind: 'out-of-order', probability: 0.1, delayMs: 3_000 },
    { operation: 'webhook', kind: 'forged', probability: 0.1 },
  ];
  return faults.map((fault, index) => ({ ...fault, seed: seed * 1_000 + index }));
}
