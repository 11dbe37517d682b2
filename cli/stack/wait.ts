import { setTimeout as pause } from 'node:timers/promises';

/** Asks again and again until the answer is yes; false when time is up. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  patienceMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    if (await condition()) return true;
    if (signal?.aborted || performance.now() > deadline) return false;
    await pause(ASK_EVERY_MS);
  }
}

const ASK_EVERY_MS = 25;

/** True when the address answers; with `ok`, when it answers with a status of success. */
export async function answers(url: string, expected: 'ok' | 'anything' = 'ok'): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return expected === 'anything' || response.ok;
  } catch {
    return false;
  }
}
