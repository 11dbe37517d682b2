import { describe, expect, it } from 'vitest';
import { durationMs, isDuration } from './duration.ts';

describe('an ISO 8601 duration', () => {
  it.each([
    ['P4D', 345_600_000],
    ['PT90S', 90_000],
    ['P1W2DT3H4M5S', 788_645_000],
    ['PT0.25S', 250],
    ['P0D', 0],
  ])('%s is %i ms', (text, ms) => {
    expect(isDuration(text)).toBe(true);
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', 'P', 'PT', 'P1DT', 'P1M', 'P1Y', '4 days', 'P-1D', 'PT1.2345S', 'P1D ', 'p1d'])(
    'is refused: "%s"',
    (text) => {
      expect(isDuration(text)).toBe(false);
      expect(() => durationMs(text)).toThrow(/not an ISO 8601 duration/);
    },
  );
});
