import { once as onceEvent } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Fault } from './faults.ts';
import { requestIdOf } from './idempotency.ts';
import { mockedProblem, Problem, problemOf } from './problems.ts';
import type { World } from './world.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The name by which a fault plan knows the route: orders.create and the like. */
    operation?: string;
  }
}

const DEFAULT_DELAY_MS = 1_000;
const faultOf = new WeakMap<FastifyRequest, Fault>();

/** The fault planned for a request, for the routes that play one out themselves. */
export const plannedFault = (request: FastifyRequest): Fault | undefined => faultOf.get(request);

/** Makes calls fail as planned, before their handler or after it. */
export function addFaultHooks(app: FastifyInstance, { faults }: World): void {
  const underWay = new Set<string>();

  app.addHook('preHandler', async (request, reply) => {
    const operation = request.routeOptions.config.operation;
    if (!operation) return;
    const requestId = requestIdOf(request);
    const key = requestId && `${request.method} ${request.url} ${requestId}`;
    if (key && underWay.has(key)) throw new Problem(409, 'PREVIOUS_REQUEST_IN_PROGRESS');

    const fault = faults.take(operation, requestId);
    if (fault) faultOf.set(request, fault);
    if (fault?.kind === 'delay') {
      if (key) underWay.add(key);
      await sleep(fault.delayMs ?? DEFAULT_DELAY_MS);
      if (key) underWay.delete(key);
    } else if (fault) {
      failBeforeEffect(fault, request, reply);
    }

    const mocked = /^(orders|authorizations|captures|refunds)\./.test(operation)
      ? mockedProblem(request.headers['paypal-mock-response'])
      : undefined;
    if (mocked) throw mocked;
  });

  app.addHook('onSend', async (request, reply, payload) => {
    switch (faultOf.get(request)?.kind) {
      case 'reset-after-effect':
        reply.raw.socket?.resetAndDestroy();
        return payload;
      case 'timeout-after-effect':
        if (reply.raw.socket) await onceEvent(reply.raw.socket, 'close');
        return payload;
      case '500-after-effect':
        reply.code(500);
        return JSON.stringify(new Problem(500).body());
      default:
        return payload;
    }
  });
}

function failBeforeEffect(fault: Fault, request: FastifyRequest, reply: FastifyReply): void {
  switch (fault.kind) {
    case '500':
    case '503':
    case '429':
    case '401':
      throw new Problem(Number(fault.kind));
    case 'refused':
      throw problemOf(fault.reason ?? 'TRANSACTION_REFUSED');
    case 'reset-before-effect':
      reply.hijack();
      request.raw.socket.resetAndDestroy();
      return;
    case 'timeout-before-effect':
      reply.hijack(); // And then nothing: the caller waits until it gives up.
      return;
    default:
      return; // Played out after the effect, or by the route.
  }
}
