import type { FastifyRequest } from 'fastify';
import type { World } from './world.ts';

const HOUR_MS = 60 * 60 * 1000;

/** How long PayPal remembers a PayPal-Request-Id. */
export const KEY_LIFETIME_MS = {
  orders: 6 * HOUR_MS,
  payments: 45 * 24 * HOUR_MS,
  payouts: 3 * 24 * HOUR_MS,
} as const;

export const requestIdOf = (request: FastifyRequest): string | undefined => {
  const header = request.headers['paypal-request-id'];
  return typeof header === 'string' && header !== '' ? header : undefined;
};

/**
 * Does the work once per PayPal-Request-Id and path, for as long as PayPal remembers the key. A repeat
 * finds the subject of the first call, whose latest state is then answered with 200. A refusal is not
 * remembered; without a key every call counts.
 * https://developer.paypal.com/reference/guidelines/idempotency
 */
export function once(
  { store, clock }: World,
  request: FastifyRequest,
  lifetimeMs: number,
  work: (requestId: string | undefined) => string,
): { readonly subjectId: string; readonly repeated: boolean } {
  const requestId = requestIdOf(request);
  const scope = `${request.method} ${request.url}`;
  return store.transaction(() => {
    if (requestId === undefined) return { subjectId: work(undefined), repeated: false };
    const nowMs = Math.floor(clock.nowMs());
    const earlier = store
      .sql('SELECT subject_id, at_ms FROM requests WHERE scope = ? AND request_id = ?')
      .get(scope, requestId);
    if (earlier && nowMs - Number(earlier.at_ms) < lifetimeMs) {
      return { subjectId: String(earlier.subject_id), repeated: true };
    }
    const subjectId = work(requestId);
    store
      .sql(
        'INSERT OR REPLACE INTO requests (scope, request_id, subject_id, at_ms) VALUES (?, ?, ?, ?)',
      )
      .run(scope, requestId, subjectId, nowMs);
    return { subjectId, repeated: false };
  });
}
