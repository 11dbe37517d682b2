import type { FastifyReply, FastifyRequest } from 'fastify';

/** The page at /docs has scripts and styles of its own, and nothing of anybody else's. */
const DOCS_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const API_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * What browsers are to do with answers: take them for what they say they are, keep none, run nothing in
 * them. Strict-Transport-Security is the proxy's, which has the certificate.
 */
export function protect(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-content-type-options', 'nosniff');
  // Nobody keeps the answer to a POST, and no page can be made of it that a browser would go to.
  if (request.method === 'POST') return;
  reply.header('cache-control', 'no-store');
  const docs = request.url.startsWith('/docs');
  reply.header('content-security-policy', docs ? DOCS_POLICY : API_POLICY);
}
