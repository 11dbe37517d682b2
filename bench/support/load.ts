import { median, p99 } from './samples.ts';

/** What one arm did in one round. */
export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly accepted: number;
  readonly answered: number;
}

/**
 * Callers that each ask again as soon as they are answered. `place` says whether it was accepted; only
 * that counts, but every answer's latency does.
 */
export async function load(
  callers: number,
  seconds: number,
  place: (caller: number) => Promise<boolean>,
): Promise<Load> {
  const latenciesMs: number[] = [];
  let accepted = 0;
  const began = performance.now();
  const end = began + seconds * 1_000;

  async function ask(caller: number): Promise<void> {
    for (let now = began; now < end;) {
      const asked = performance.now();
      if (await place(caller)) accepted += 1;
      now = performance.now();
      latenciesMs.push(now - asked);
    }
  }
  await Promise.all(Array.from({ length: callers }, (_, caller) => ask(caller)));

  const elapsedSeconds = (performance.now() - began) / 1_000;
  return {
    perSecond: accepted / elapsedSeconds,
    p50Ms: median(latenciesMs),
    p99Ms: p99(latenciesMs),
    accepted,
    answered: latenciesMs.length,
  };
}
