import type { Failure } from '../errors.ts';

/** Failures before a request can have reached PayPal. */
const BEFORE_THE_REQUEST =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_)/;

/** The code and message of a network error, without the request that it carries; undefined for other errors. */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const code: unknown = 'code' in error ? error.code : undefined;
  if (typeof code !== 'string') return undefined;
  return { code, message: error.message };
}

export const mayHaveReachedPayPal = ({ code }: Failure): boolean => !BEFORE_THE_REQUEST.test(code);
