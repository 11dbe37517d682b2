const SEGMENTS = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const UTF8 = new TextEncoder();

/**
 * The beginning of a text that has at most so many bytes in UTF-8, and so at most as many characters,
 * however whoever receives it counts them. What a reader takes for one character is kept whole or not at all,
 * and NUL, which PostgreSQL does not hold, is left out.
 */
export function cutText(text: string, mostBytes: number): string {
  const whole = text.replaceAll('\0', '').toWellFormed();
  if (UTF8.encode(whole).length <= mostBytes) return whole;
  let cut = '';
  let bytes = 0;
  for (const { segment } of SEGMENTS.segment(whole)) {
    bytes += UTF8.encode(segment).length;
    if (bytes > mostBytes) break;
    cut += segment;
  }
  return cut;
}
