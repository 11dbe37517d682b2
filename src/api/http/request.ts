/** What our hooks, guard and interceptor add to a request. */
import type { Access } from './access.ts';
import type { Change } from './change.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the W3C traceparent, or made here: it runs through workflows and the audit log. */
    correlationId: string;
    /** On the clock of performance.now(). */
    cameAtMs: number;
    /** Set by the guard on every route that is not open to anyone. */
    access?: Access;
    /** Set on commands. */
    change?: Change;
    rawBody?: Buffer;
  }
}
