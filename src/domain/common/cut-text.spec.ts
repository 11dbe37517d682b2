import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutText } from './cut-text.ts';

describe('a text that is too long', () => {
  it.each([
    ['in letters', 'x'.repeat(130), 'x'.repeat(127)],
    ['before a character of two halves', `${'x'.repeat(126)}😀 clock`, 'x'.repeat(126)],
    ['before a family of seven code points', `${'x'.repeat(120)}👨‍👩‍👧‍👦`, 'x'.repeat(120)],
    ['before an accent of its own', `${'x'.repeat(126)}e\u0301`, 'x'.repeat(126)],
    ['by bytes, as PayPal counts what is not ASCII', 'ä'.repeat(100), 'ä'.repeat(63)],
  ])('is cut %s', (_, text, cut) => {
    expect(cutText(text, 127)).toBe(cut);
  });

  it('is its beginning, well-formed, and as short as was asked for, whatever it says', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 300 }), (text, most) => {
        const cut = cutText(text, most);
        expect(text.replaceAll('\0', '').startsWith(cut)).toBe(true);
        expect(cut.isWellFormed()).toBe(true);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(most);
      }),
    );
  });

  it('is left alone when it is not', () => {
    expect(cutText('A clock 🕰️', 127)).toBe('A clock 🕰️');
  });
});
