/** Durations in milliseconds; times in milliseconds since the epoch. */
export interface SoftClose {
  readonly windowMs: number;
  readonly extendByMs: number;
  /** Count the extension from the old end, or from the bid. */
  readonly mode: 'addToEnd' | 'resetFromBid';
  readonly maximumExtensions: number | null;
}

export interface Closing {
  readonly closesAtMs: number;
  readonly extensions: number;
}

/** A bid in the last moments moves the end, so that nobody wins by being last. */
export function extendClosing(closing: Closing, bidAtMs: number, rule: SoftClose | null): Closing {
  if (rule === null) return closing;
  const tooEarly = closing.closesAtMs - bidAtMs > rule.windowMs;
  const usedUp = rule.maximumExtensions !== null && closing.extensions >= rule.maximumExtensions;
  if (tooEarly || usedUp) return closing;

  const from = rule.mode === 'addToEnd' ? closing.closesAtMs : bidAtMs;
  const closesAtMs = Math.max(closing.closesAtMs, from + rule.extendByMs);
  if (closesAtMs === closing.closesAtMs) return closing;
  return { closesAtMs, extensions: closing.extensions + 1 };
}
