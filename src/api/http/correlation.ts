import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import './request.ts';

const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/;
const NO_TRACE = '0'.repeat(32);

/** Gives a request a correlation id: the trace id of its traceparent, or a new one. */
export function correlate(request: FastifyRequest, reply: FastifyReply): void {
  const { traceparent } = request.headers;
  const given = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  request.correlationId = given && given !== NO_TRACE ? given : newTraceId();
  reply.header('x-correlation-id', request.correlationId);
}

/** Unique like a UUID, but counted on: 8 random bytes of this process, then the number of the request. */
const newTraceId = () => ofProcess + (counted += 1).toString(16).padStart(16, '0');
const ofProcess = randomBytes(8).toString('hex');
let counted = 0;
