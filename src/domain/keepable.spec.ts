import { expect, it } from 'vitest';
import { keepable } from './keepable.ts';

it.each([
  ['half a surrogate', 'a\uD83Db', 'a\u{FFFD}b'],
  ['NUL', 'a\0b', 'a\u{FFFD}b'],
  ['a whole character of two halves', 'a🕰b', 'a🕰b'],
])('text with %s can be kept', (_what, text, kept) => {
  expect(keepable(text)).toBe(kept);
});
