/**
 * Text from outside as PostgreSQL can hold it: half a surrogate and NUL become U+FFFD. For what is shown
 * and looked up; what is evidence is kept as the bytes that came.
 */
export const keepable = (text: string): string => text.toWellFormed().replaceAll('\0', '\u{FFFD}');

/** No document that we read is nested as deep as this. */
const DEEPEST = 50;

/** JSON from outside as PostgreSQL can hold it; what is nested without end is cut. */
export function keepableJson(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return keepable(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth === DEEPEST) return null;
  if (Array.isArray(value)) return value.map((each) => keepableJson(each, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [keepable(name), keepableJson(each, depth + 1)]),
  );
}
