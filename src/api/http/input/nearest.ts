/** A name may be off by this share of its letters and still be meant: reservePriceMinor is reserveMinor. */
const MOST_WRONG = 0.4;
const MOST_LISTED = 12;

/** What to say about a name that is none of the known ones. */
export function unknownName(name: string, known: readonly string[]): string {
  const nearest = nearestOf(name, known);
  if (nearest !== undefined) return `is not known here: did you mean ${nearest}?`;
  if (known.length === 0) return 'is not known here: nothing is taken';
  const listed = known.slice(0, MOST_LISTED).join(', ');
  return `is not known here: known ${known.length > MOST_LISTED ? `are ${listed}, ...` : `is ${listed}`}`;
}

/** The known name that the fewest letters tell from this one, if they are few. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  if (name.length > 100) return undefined;
  let nearest: string | undefined;
  let least = Math.floor(name.length * MOST_WRONG) + 1;
  for (const each of known) {
    const distance = distanceOf(name.toLowerCase(), each.toLowerCase());
    if (distance < least) [nearest, least] = [each, distance];
  }
  return nearest;
}

/** Levenshtein's: how many letters are added, left out or replaced. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row.at(-1)!;
}
