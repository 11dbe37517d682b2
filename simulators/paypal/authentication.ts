import type { FastifyInstance, FastifyRequest } from 'fastify';
import { accessToken } from './identifiers.ts';
import { Problem } from './problems.ts';
import type { World } from './world.ts';

/** Nine hours of real time: the simulator's clock may leap, a caller's does not. */
const TOKEN_LIFETIME_SECONDS = 9 * 60 * 60;

/** Access tokens are kept in memory only: a restart makes callers fetch new ones, as at PayPal. */
export class Tokens {
  private readonly expiryMs = new Map<string, number>();

  issue(): string {
    const token = accessToken();
    this.expiryMs.set(token, Date.now() + TOKEN_LIFETIME_SECONDS * 1000);
    return token;
  }

  isValid(authorization: string | undefined): boolean {
    const token = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
    return (this.expiryMs.get(token) ?? 0) > Date.now();
  }

  revokeAll(): void {
    this.expiryMs.clear();
  }
}

/** https://developer.paypal.com/api/rest/authentication/ */
export function addTokenRoute(app: FastifyInstance, { credentials }: World, tokens: Tokens): void {
  const expected = Buffer.from(`${credentials.clientId}:${credentials.clientSecret}`);
  const authorization = `Basic ${expected.toString('base64')}`;

  app.post('/v1/oauth2/token', { config: { operation: 'oauth.token' } }, (request, reply) => {
    const { grant_type: grantType } = (request.body ?? {}) as { grant_type?: string };
    if (request.headers.authorization !== authorization) {
      return reply.code(401).send({
        error: 'invalid_client',
        error_description: 'Client Authentication failed',
      });
    }
    if (grantType !== 'client_credentials') {
      return reply.code(400).send({
        error: 'unsupported_grant_type',
        error_description: 'unsupported grant_type',
      });
    }
    return reply.send({
      scope: 'https://uri.paypal.com/services/payments/payment',
      access_token: tokens.issue(),
      token_type: 'Bearer',
      app_id: 'APP-80W284485P519543T',
      expires_in: TOKEN_LIFETIME_SECONDS,
      nonce: new Date().toISOString(),
    });
  });
}

/** Refuses a caller who acts for another seller than the money's, or names one that cannot be read. */
export function checkAssertion(
  request: FastifyRequest,
  { credentials }: World,
  merchantId: string,
): void {
  const assertion = request.headers['paypal-auth-assertion'];
  if (assertion === undefined) return;
  const claims = readClaims(String(assertion));
  if (!claims || claims.iss !== credentials.clientId) throw new Problem(401);
  if (claims.payer_id !== merchantId) throw new Problem(403, 'PERMISSION_DENIED');
}

function readClaims(assertion: string): { iss?: unknown; payer_id?: unknown } | undefined {
  const [header = '', claims = '', signature] = assertion.split('.');
  try {
    const { alg } = JSON.parse(Buffer.from(header, 'base64').toString()) as { alg?: unknown };
    if (alg !== 'none' || signature !== '') return undefined;
    return JSON.parse(Buffer.from(claims, 'base64').toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
