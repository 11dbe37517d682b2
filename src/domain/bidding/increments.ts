/** From this price on, a bid must pass the price by this increment. Minor units. */
export interface IncrementStep {
  readonly from: number;
  readonly increment: number;
}

/** Steps in ascending order of `from`; the first starts at 0. */
export type IncrementTable = readonly IncrementStep[];

const flat = (increment: number): IncrementTable => [{ from: 0, increment }];

export const INCREMENT_TABLES = {
  /** eBay's published table for the US, in cents. */
  'ebay-us': [
    { from: 0, increment: 5 },
    { from: 1_00, increment: 25 },
    { from: 5_00, increment: 50 },
    { from: 25_00, increment: 1_00 },
    { from: 100_00, increment: 2_50 },
    { from: 250_00, increment: 5_00 },
    { from: 500_00, increment: 10_00 },
    { from: 1_000_00, increment: 25_00 },
    { from: 2_500_00, increment: 50_00 },
    { from: 5_000_00, increment: 100_00 },
  ],
  'flat-500': flat(5_00),
} as const satisfies Record<string, IncrementTable>;

/** The increment at a price: that of the last step that starts at or below it. */
export function incrementAt(priceMinor: number, table: IncrementTable): number {
  const step = table.findLast(({ from }) => from <= priceMinor);
  if (!step) throw new RangeError('An increment table starts at 0 and has at least one step');
  return step.increment;
}
