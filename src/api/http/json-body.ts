import type { FastifyInstance } from 'fastify';

/** No request of ours is larger; PayPal's largest events are a tenth of it. */
export const LARGEST_BODY_BYTES = 256 * 1024;

/**
 * Fastify's own parser, which refuses what would reach a prototype, and the bytes beside it: webhooks are
 * signed over them. Nest's body parser makes a parser anew for each request.
 */
export function parseJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    request.rawBody = body as Buffer;
    void parse(request, body as unknown as string, done);
  });
}
