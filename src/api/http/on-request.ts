import type { FastifyInstance } from 'fastify';
import { correlate } from './correlation.ts';
import { protect } from './security-headers.ts';

/** What every request gets before anything else; in one hook, as each costs every bid. */
export function prepareRequests(app: FastifyInstance): void {
  app.decorateRequest('correlationId', '');
  app.addHook('onRequest', (request, reply, done) => {
    correlate(request, reply);
    protect(request, reply);
    done();
  });
}
