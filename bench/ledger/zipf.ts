/** As in pgbench's random_zipfian: the first of 1,000 takes part in every sixth transfer or so. */
export const SKEW = 1.1;

/** Draws a number from 1 to `count`, k with a probability in proportion to k^-SKEW. */
export function zipfian(count: number): () => number {
  const cumulative = new Float64Array(count);
  let total = 0;
  for (let k = 1; k <= count; k += 1) cumulative[k - 1] = total += k ** -SKEW;
  return () => {
    const drawn = Math.random() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! < drawn) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}
