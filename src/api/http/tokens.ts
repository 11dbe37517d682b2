import { readFileSync } from 'node:fs';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  jwtVerify,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { z } from 'zod';
import { isExternalId, LONGEST_ID } from '../../domain/common/text.ts';
import type { Settings } from '../../settings.ts';
import { Problem } from './problem.ts';
import { unavailable } from './service-faults.ts';

export const ROLES = ['bidder', 'seller', 'operator', 'finance', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who calls, as a token proves it. */
export interface Caller {
  readonly id: string;
  readonly roles: readonly Role[];
  /** What goes on, such as a stream, ends with the token. */
  readonly expiresAtMs: number;
}

/** Answers at once for a token that it has verified before. */
export type TokenVerifier = (token: string) => Caller | Promise<Caller>;

/** Tokens verified lately, so that a bidder's hundredth bid costs no signature check. */
const MOST_REMEMBERED = 10_000;

/** Verifies tokens of the one issuer in the settings. Rejects with a Problem that says what is wrong. */
export function createTokenVerifier(settings: Settings): TokenVerifier {
  const key = keySource(settings);
  // By their ends, which are of the signature: to hash a whole token takes longer than to compare it.
  const remembered = new Map<string, { token: string; caller: Caller }>();

  const remember = async (token: string): Promise<Caller> => {
    const payload = await verify(token, key, settings);
    const caller = callerOf(payload, settings.AUTH_ROLES_CLAIM);
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    remembered.set(endOf(token), { token, caller });
    return caller;
  };
  return (token) => {
    const known = remembered.get(endOf(token));
    if (known?.token === token && known.caller.expiresAtMs > Date.now()) return known.caller;
    return remember(token);
  };
}

const endOf = (token: string): string => token.slice(-12);

function keySource(settings: Settings): JWTVerifyGetKey {
  const developmentKey = settings.AUTH_DEVELOPMENT_KEY_FILE;
  if (developmentKey) return createLocalJWKSet(publicKeyIn(developmentKey));
  if (settings.AUTH_JWKS_URL) return createRemoteJWKSet(new URL(settings.AUTH_JWKS_URL));
  return discovered(settings.AUTH_ISSUER);
}

/** Finds the issuer's keys as OpenID Connect Discovery says; tries again after a failure. */
function discovered(issuer: string): JWTVerifyGetKey {
  let keys: Promise<JWTVerifyGetKey> | undefined;
  const discover = async () => {
    const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      signal: AbortSignal.timeout(5_000),
    });
    const { jwks_uri } = z.object({ jwks_uri: z.url() }).parse(await response.json());
    return createRemoteJWKSet(new URL(jwks_uri));
  };
  return async (...header) => {
    keys ??= discover().catch((error: unknown) => {
      keys = undefined;
      throw error;
    });
    return (await keys)(...header);
  };
}

/** The key file of `bin/gavel token`: only its public half is read. */
function publicKeyIn(file: string): JSONWebKeySet {
  const { publicKey } = JSON.parse(readFileSync(file, 'utf8')) as { publicKey: JWK };
  return { keys: [publicKey] };
}

async function verify(
  token: string,
  key: JWTVerifyGetKey,
  settings: Settings,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, key, {
      issuer: settings.AUTH_ISSUER,
      audience: settings.AUTH_AUDIENCE,
      algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
      requiredClaims: ['sub', 'exp'],
      clockTolerance: 5,
    });
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw unauthorized('The token has expired: get a new one.');
    if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout)) {
      throw unauthorized(`The token is not accepted: ${error.message}.`);
    }
    throw unavailable('issuer', 'The token issuer’s keys cannot be read: try again.');
  }
}

function callerOf(payload: JWTPayload, claim: string): Caller {
  const given = payload[claim];
  const names = Array.isArray(given) ? given : typeof given === 'string' ? given.split(' ') : [];
  const id = payload.sub!;
  if (!isExternalId(id)) {
    throw unauthorized(
      `The token is not accepted: "sub" must be one line of 1 to ${LONGEST_ID} well-formed characters.`,
    );
  }
  const roles = ROLES.filter((role) => names.includes(role));
  return { id, roles, expiresAtMs: payload.exp! * 1_000 };
}

export const unauthorized = (detail: string) =>
  new Problem(401, 'unauthorized', detail, {}, { 'www-authenticate': 'Bearer' });
