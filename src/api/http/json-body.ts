import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.ts';

/** No request of ours is larger; PayPal's largest events are a tenth of it. */
export const LARGEST_BODY_BYTES = 256 * 1024;

/** Who sent such a body is proven over its bytes, before anything is read in it. */
const SIGNED = '/v1/webhooks/';

/**
 * Fastify's own parser, which refuses what would reach a prototype, and the bytes beside it: webhooks are
 * signed over them. Nest's body parser makes a parser anew for each request.
 */
export function parseJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const bytes = body as Buffer;
    request.rawBody = bytes;
    // Clients say that they send JSON, and then a command needs no body.
    if (bytes.length === 0 || request.url.startsWith(SIGNED)) done(null);
    else if (isUtf8(bytes)) void parse(request, bytes as unknown as string, done);
    else done(NOT_UTF8);
  });
}

/** A decoder would make U+FFFD of it, and something else would be kept than was sent. */
const NOT_UTF8 = new Problem(400, 'invalid_json', 'The body is not UTF-8.');
