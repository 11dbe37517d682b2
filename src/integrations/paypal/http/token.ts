import { ApiError } from '@paypal/paypal-server-sdk';
import type { ClientCredentialsAuthManager, OAuthToken } from '@paypal/paypal-server-sdk';
import { CREDENTIALS_REFUSED, type Failure } from '../errors.ts';
import { failureOf } from './failure.ts';

/** A new token is fetched this many seconds before the old one runs out. */
export const CLOCK_SKEW_SECONDS = 60;

/**
 * Gets access tokens for the SDK, around three traps of its own token handling: a token fetch that
 * fails once makes the client fail for ever, first calls in parallel fetch a token each, and a token
 * that PayPal no longer accepts is kept.
 */
export class TokenSource {
  /** Why there is no token, while there is none. */
  failure: Failure | undefined;

  private current: OAuthToken | undefined;
  private inFlight: Promise<OAuthToken> | undefined;

  readonly provide = (
    last: OAuthToken | undefined,
    manager: ClientCredentialsAuthManager,
  ): Promise<OAuthToken> => {
    this.inFlight ??= this.fetch(last, manager).finally(() => {
      this.inFlight = undefined;
    });
    return this.inFlight;
  };

  /** Makes the next call fetch a new token, because PayPal has refused this one. */
  forget(): void {
    // The SDK holds the same object and reads its expiry before each call.
    if (this.current) this.current.expiry = 0n;
  }

  private async fetch(
    last: OAuthToken | undefined,
    manager: ClientCredentialsAuthManager,
  ): Promise<OAuthToken> {
    try {
      this.current = await manager.updateToken(last);
      this.failure = undefined;
      return this.current;
    } catch (error) {
      this.failure = tokenFailure(error);
      // An expired token fails this call only; a rejection would be remembered by the SDK for ever.
      return { accessToken: '', tokenType: 'Bearer', expiry: 0n };
    }
  }
}

function tokenFailure(error: unknown): Failure {
  if (error instanceof ApiError) {
    const refused = error.statusCode === 400 || error.statusCode === 401;
    const code = refused ? CREDENTIALS_REFUSED : `HTTP_${error.statusCode}`;
    return { code, message: 'no access token: PayPal refused it' };
  }
  const { code, message } = failureOf(error) ?? { code: 'UNKNOWN', message: 'unknown fault' };
  return { code, message: `no access token: ${message}` };
}
