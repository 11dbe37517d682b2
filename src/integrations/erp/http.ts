import { cutText } from '../../domain/common/cut-text.ts';
import { ErpUnreachable } from './erp.errors.ts';
import { signedHeaders } from './signature.ts';

export interface ErpConnection {
  readonly baseUrl: string;
  readonly secret: string;
  /** For one whole call, answer included. */
  readonly timeoutMs: number;
  readonly now: () => Date;
}

export interface ErpAnswer {
  readonly status: number;
  /** The parsed JSON, or undefined when the answer is none. */
  readonly body: unknown;
}

interface ErpCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** What the signature is over; of a POST it is the body that is sent. */
  readonly signed: string;
}

/** One signed call. Throws ErpUnreachable when no whole answer comes in time. */
export async function callErp(connection: ErpConnection, call: ErpCall): Promise<ErpAnswer> {
  const { baseUrl, secret, timeoutMs, now } = connection;
  try {
    const response = await fetch(baseUrl.replace(/\/+$/, '') + call.path, {
      method: call.method,
      headers: {
        ...signedHeaders(secret, call.signed, now()),
        ...(call.method === 'POST' && { 'content-type': 'application/json' }),
      },
      body: call.method === 'POST' ? call.signed : undefined,
      // Followed elsewhere, a redirect would hand a signed document to a stranger.
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    return { status: response.status, body: parsed(await response.text()) };
  } catch (error) {
    throw new ErpUnreachable(error);
  }
}

/** The ERP's own words about a refusal, cut to what a person will read. */
export function detailOf({ body }: ErpAnswer): string {
  const { message, error } = (body ?? {}) as { message?: unknown; error?: unknown };
  const words = [message, error].find((each) => typeof each === 'string');
  return typeof words === 'string' ? cutText(words, 500) : 'no explanation';
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
