import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import './request.ts';

const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/;
const NO_TRACE = '0'.repeat(32);

/** Gives every request a correlation id: the trace id of its traceparent, or a new one. */
export function addCorrelation(app: FastifyInstance): void {
  app.decorateRequest('correlationId', '');
  app.addHook('onRequest', (request, reply, done) => {
    const given = TRACEPARENT.exec(String(request.headers.traceparent ?? ''))?.[1];
    request.correlationId = given && given !== NO_TRACE ? given : randomUUID().replaceAll('-', '');
    reply.header('x-correlation-id', request.correlationId);
    done();
  });
}
