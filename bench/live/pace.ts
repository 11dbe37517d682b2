import { setTimeout as sleep } from 'node:timers/promises';

export interface Pace {
  readonly callers: number;
  readonly perSecond: number;
  readonly seconds: number;
  readonly bid: (caller: number) => Promise<boolean>;
}

export interface PacedLoad {
  readonly accepted: number;
  /** From the moment at which a bid was due, so that a caller that is held up does not hide it. */
  readonly latenciesMs: readonly number[];
}

/** Callers that bid by the clock, each in turn, however long the answers take. */
export async function bidAtRate({ callers, perSecond, seconds, bid }: Pace): Promise<PacedLoad> {
  const latenciesMs: number[] = [];
  let accepted = 0;
  const began = performance.now();
  const everyMs = (callers / perSecond) * 1_000;

  async function call(caller: number): Promise<void> {
    const first = began + (caller / callers) * everyMs;
    for (let dueMs = first; dueMs < began + seconds * 1_000; dueMs += everyMs) {
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      if (await bid(caller)) accepted += 1;
      latenciesMs.push(performance.now() - dueMs);
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)));
  return { accepted, latenciesMs };
}
