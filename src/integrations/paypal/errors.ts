import { verdictOn } from './issues.ts';

/** An earlier call under the same key is still at work, or has had its effect. */
const EARLIER_CALL = new Set([
  'PREVIOUS_REQUEST_IN_PROGRESS',
  'ORDER_COMPLETION_IN_PROGRESS',
  'USER_BUSINESS_ERROR', // A payout with this batch id exists.
]);

/**
 * PayPal answered, and the answer is a fault: PayPal's own, our bug, or our configuration.
 * A refusal that business must deal with is not thrown; it is an outcome of the call.
 */
export class PayPalError extends Error {
  override name = 'PayPalError';

  constructor(
    readonly operation: string,
    readonly status: number,
    readonly issue: string,
    readonly debugId: string, // What PayPal's support asks for first.
    readonly description = '',
    /** Where PayPal says more: the earlier payout that a repeated one collides with. */
    readonly links: readonly string[] = [],
  ) {
    super(
      `PayPal ${status} ${issue} on ${operation} (debug id ${debugId})` +
        (description && `: ${description}`),
    );
  }

  /** Worth another attempt: PayPal's fault, ours to slow down, or a token that has run out. */
  get transient(): boolean {
    if (this.status >= 500 || this.status === 429 || this.status === 401) return true;
    return verdictOn(this.issue).kind === 'retry';
  }

  /** The effect may have happened: find out before doing anything else about it. */
  get ambiguous(): boolean {
    return this.status >= 500 || this.status < 300 || EARLIER_CALL.has(this.issue);
  }
}

/** No answer from PayPal: no connection, no answer in time, or no access token. Always transient. */
export class PayPalUnreachable extends Error {
  override name = 'PayPalUnreachable';
  readonly transient = true;
  /** There is no access token because PayPal does not accept our credentials. */
  readonly credentialsRefused: boolean;

  constructor(
    readonly operation: string,
    /** The effect may have happened: the request may have reached PayPal. */
    readonly ambiguous: boolean,
    cause: Failure,
  ) {
    super(`PayPal did not answer ${operation}: ${cause.code} ${cause.message}`, { cause });
    this.credentialsRefused = cause.code === CREDENTIALS_REFUSED;
  }
}

/** The code of the failure when PayPal gives us no token, rather than no answer. */
export const CREDENTIALS_REFUSED = 'CREDENTIALS_REFUSED';

/** What is kept of a network error. The error itself holds the request, and so our credentials. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}
