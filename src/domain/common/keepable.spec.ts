import { expect, it } from 'vitest';
import { keepable, keepableJson } from './keepable.ts';

it.each([
  ['half a surrogate', 'a\uD83Db', 'a\u{FFFD}b'],
  ['NUL', 'a\0b', 'a\u{FFFD}b'],
  ['a whole character of two halves', 'a🕰b', 'a🕰b'],
])('text with %s can be kept', (_what, text, kept) => {
  expect(keepable(text)).toBe(kept);
});

it('JSON keeps its form, and an end', () => {
  expect(keepableJson({ 'a\0': ['\uD800', 1, null, { b: true }] })).toEqual({
    'a\u{FFFD}': ['\u{FFFD}', 1, null, { b: true }],
  });
  const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;
  expect(JSON.stringify(keepableJson(deep)).length).toBeLessThan(200);
});
