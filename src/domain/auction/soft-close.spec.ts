import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { extendClosing, type SoftClose } from './soft-close.ts';

const SHARED = new URL('../../../../shared/vectors/proxy-bids.json', import.meta.url);

interface Vector {
  id: string;
  policy: {
    window: number;
    extendBy: number;
    mode: SoftClose['mode'];
    maxExtensions?: number;
  };
  end: string;
  bids: { at: string; newEnd: string }[];
}

const timeMs = (clock: string) => Date.parse(`2026-01-01T${clock}Z`);
const shared = existsSync(SHARED)
  ? (JSON.parse(readFileSync(SHARED, 'utf8')) as { softClose: Vector[] }).softClose
  : [];

describe.skipIf(shared.length === 0)('the shared soft-close vectors', () => {
  it.each(shared)('$id', ({ policy, end, bids }) => {
    const rule: SoftClose = {
      windowMs: policy.window * 1_000,
      extendByMs: policy.extendBy * 1_000,
      mode: policy.mode,
      maximumExtensions: policy.maxExtensions ?? null,
    };
    let closing = { closesAtMs: timeMs(end), extensions: 0 };
    for (const { at, newEnd } of bids) {
      closing = extendClosing(closing, timeMs(at), rule);
      expect(closing.closesAtMs).toBe(timeMs(newEnd));
    }
  });
});

describe('the closing time', () => {
  const minutes = (count: number) => count * 60_000;
  const rule: SoftClose = {
    windowMs: minutes(2),
    extendByMs: minutes(2),
    mode: 'resetFromBid',
    maximumExtensions: 1,
  };
  const closing = { closesAtMs: minutes(10), extensions: 0 };

  it('stays where it is when the policy has no soft close', () => {
    expect(extendClosing(closing, minutes(10) - 1, null)).toBe(closing);
  });

  it('moves for a bid at the very edge of the window, not for one before it', () => {
    const wider = { ...rule, extendByMs: minutes(3) };
    expect(extendClosing(closing, minutes(8), wider).closesAtMs).toBe(minutes(11));
    expect(extendClosing(closing, minutes(8) - 1, wider)).toBe(closing);
  });

  it('moves only as often as the policy says', () => {
    const once = extendClosing(closing, minutes(9), rule);
    expect(once).toEqual({ closesAtMs: minutes(11), extensions: 1 });
    expect(extendClosing(once, minutes(10), rule)).toBe(once);
  });

  it('never comes sooner, and counts an extension only when it has moved', () => {
    const rules = fc.record({
      windowMs: fc.nat(1_000),
      extendByMs: fc.nat(1_000),
      mode: fc.constantFrom<SoftClose['mode']>('addToEnd', 'resetFromBid'),
      maximumExtensions: fc.option(fc.nat(3)),
    });
    fc.assert(
      fc.property(rules, fc.array(fc.nat(300), { maxLength: 20 }), (drawn, pauses) => {
        let now = 0;
        let found = { closesAtMs: 1_000, extensions: 0 };
        for (const pause of pauses) {
          now += pause;
          if (now >= found.closesAtMs) break;
          const next = extendClosing(found, now, drawn);
          expect(next.closesAtMs).toBeGreaterThanOrEqual(found.closesAtMs);
          expect(next.extensions - found.extensions).toBe(
            next.closesAtMs > found.closesAtMs ? 1 : 0,
          );
          found = next;
        }
        if (drawn.maximumExtensions !== null) {
          expect(found.extensions).toBeLessThanOrEqual(drawn.maximumExtensions);
        }
      }),
    );
  });
});
