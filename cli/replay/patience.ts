import { setTimeout as sleep } from 'node:timers/promises';
import { ApiProblem } from '../client/gavel-client.ts';

/** Longer than any part is away, and than Temporal waits between two attempts. */
export const PATIENCE_MS = 10 * 60_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 3_000;

/** Looks, less and less often, until there is something to be seen. */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  const startedAt = performance.now();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.4, LONGEST_PAUSE_MS)) {
    const found = await calmly(look);
    if (found !== undefined) return found;
    if (performance.now() - startedAt > PATIENCE_MS) throw tooLong(what);
    await sleep(pauseMs);
  }
}

/** A fault on the other side means: not now. A refusal is for the caller. */
export async function calmly<Found>(
  look: () => Promise<Found | undefined>,
): Promise<Found | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ApiProblem && error.status < 500) throw error;
    if (!isOutside(error)) throw error;
    return undefined;
  }
}

/** What the network and the other side throw, in contrast to our own mistakes. */
const isOutside = (error: unknown): boolean =>
  error instanceof ApiProblem ||
  (error instanceof Error && ['TimeoutError', 'AbortError'].includes(error.name)) ||
  (error instanceof TypeError && error.cause !== undefined); // As fetch reports it.

export const tooLong = (what: string) =>
  new Error(`${what} has not happened within ${PATIENCE_MS / 60_000} minutes`);
