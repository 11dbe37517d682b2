/** The middle one; of an even count the lower of the two in the middle. */
export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

export const p99 = (numbers: readonly number[]): number => quantile(numbers, 0.99);

/** The least of the numbers that this share of them does not exceed (nearest rank). */
function quantile(numbers: readonly number[], share: number): number {
  const sorted = Float64Array.from(numbers).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
