/**
 * Tax on the buyer's premium, the house's own supply. The house collects it and owes it to the
 * authority of the region; what is owed on the hammer price is the seller's affair.
 */
export interface PremiumTax {
  /** Basis points of the premium, to the hundredth, by ISO 3166 country or subdivision. */
  readonly shares: Readonly<Record<string, number>>;
  /** Where a buyer counts as being whose region is unknown, or is not in the table. */
  readonly defaultRegion: string;
}

/** An ISO 3166-1 country (DE) or an ISO 3166-2 subdivision (US-NY). */
export const REGION = /^[A-Z]{2}(-[A-Z0-9]{1,3})?$/;

/** The region by which a buyer is taxed: the buyer's own, else its country, else the default. */
export function taxRegionOf({ shares, defaultRegion }: PremiumTax, buyersRegion: string | null) {
  const candidates = buyersRegion === null ? [] : [buyersRegion, buyersRegion.slice(0, 2)];
  return candidates.find((region) => Object.hasOwn(shares, region)) ?? defaultRegion;
}
