import { sharesOf } from '../common/money.ts';

/**
 * What the house takes of a hammer price: one share of it, or bands; shares in basis points, `from` in
 * minor units of the auction's currency, ascending from 0. Bands are marginal, as auction houses have
 * them (Christie's Conditions of Sale, D1: a share of the hammer price up to a limit, and a lower one of
 * the part above it): each share applies to the part of the price within its band. So a higher price
 * never brings a lower fee.
 */
export type Fee = number | readonly Band[];

export interface Band {
  readonly from: number;
  readonly share: number;
}

/** A fee in minor units, rounded as all shares are (see sharesOf): once, not in every band. */
export function feeOf(priceMinor: number, fee: Fee): number {
  const bands = typeof fee === 'number' ? [{ from: 0, share: fee }] : fee;
  return sharesOf(
    bands.map(({ from, share }, i) => {
      const upTo = Math.min(priceMinor, bands[i + 1]?.from ?? priceMinor);
      return { amountMinor: Math.max(0, upTo - from), basisPoints: share };
    }),
  );
}
