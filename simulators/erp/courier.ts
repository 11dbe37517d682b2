import type { DatabaseSync } from 'node:sqlite';
import { signatureHeaders } from './signature.ts';
import type { StoredCallback } from './store.ts';

export interface CourierOptions {
  readonly callbackUrl: string;
  readonly secret: string;
  /** The first pause after a failed delivery; each further one is twice as long. */
  readonly retryDelayMs: number;
  /** Ends the calls under way; they will be made again after a restart. */
  readonly closing: AbortSignal;
}

const LONGEST_PAUSE_MS = 30_000;
const ANSWER_WITHIN_MS = 5_000;
const AT_ONCE = 16;

/** With pauses of at most half a minute, the ERP gives up after some ten minutes. */
const FAILURES_BEFORE_GIVING_UP = 25;

/** Delivers the callbacks that are due; returns when the next will be (Unix milliseconds). */
export async function deliverDueCallbacks(
  store: DatabaseSync,
  options: CourierOptions,
): Promise<number | undefined> {
  const due = store
    .prepare(
      'SELECT * FROM callback WHERE deliveries_left > 0 AND send_at <= ? ORDER BY send_at LIMIT ?',
    )
    .all(Date.now(), AT_ONCE) as unknown as StoredCallback[];
  await Promise.all(due.map((callback) => deliver(store, options, callback)));

  const next = store
    .prepare('SELECT min(send_at) AS at FROM callback WHERE deliveries_left > 0')
    .get() as { at: number | null };
  return next.at ?? undefined;
}

async function deliver(store: DatabaseSync, options: CourierOptions, callback: StoredCallback) {
  const delivered = await post(options, callback.body);
  if (options.closing.aborted && !delivered) return;

  const failures = delivered ? 0 : callback.failures + 1;
  const givenUp = failures >= FAILURES_BEFORE_GIVING_UP;
  const left = givenUp ? 0 : callback.deliveries_left - (delivered ? 1 : 0);
  const pauseMs = Math.min(options.retryDelayMs * 2 ** Math.max(0, failures - 1), LONGEST_PAUSE_MS);
  store
    .prepare(
      'UPDATE callback SET deliveries_left = ?, failures = ?, send_at = ? WHERE event_id = ?',
    )
    .run(left, failures, Date.now() + (delivered ? 0 : pauseMs), callback.event_id);
}

async function post({ callbackUrl, secret, closing }: CourierOptions, body: string) {
  try {
    const response = await fetch(callbackUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...signatureHeaders(secret, body) },
      body,
      signal: AbortSignal.any([closing, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
