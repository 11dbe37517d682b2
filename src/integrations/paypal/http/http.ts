import { ApiError, CustomError, ResponseValidationError } from '@paypal/paypal-server-sdk';
import { z } from 'zod';
import { PayPalError, PayPalUnreachable } from '../errors.ts';
import { UNREADABLE_ANSWER } from '../issues.ts';
import type { PayPalOptions } from '../options.ts';
import { RebasedClient } from './client.ts';
import { failureOf, mayHaveReachedPayPal } from './failure.ts';
import { CLOCK_SKEW_SECONDS, TokenSource } from './token.ts';

const DEFAULT_TIMEOUT_MS = 15_000;

/** Our answers are a few kilobytes, a page of transactions about one megabyte. */
const LARGEST_ANSWER_BYTES = 16 * 1024 * 1024;

/** All calls to PayPal go through here: one token, one timeout, one translation of faults. */
export class PayPalHttp {
  readonly client: RebasedClient;
  readonly partnerAttributionId: string;
  private readonly tokens = new TokenSource();
  private readonly clientId: string;

  constructor(options: PayPalOptions) {
    this.clientId = options.clientId;
    this.partnerAttributionId = options.partnerAttributionId;
    this.client = new RebasedClient(
      {
        // The SDK's retries stay off, as they are by default: the caller knows what may be repeated.
        timeout: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
        unstable_httpClientOptions: { maxRedirects: 0, maxContentLength: LARGEST_ANSWER_BYTES },
        clientCredentialsAuthCredentials: {
          oAuthClientId: options.clientId,
          oAuthClientSecret: options.clientSecret,
          oAuthClockSkew: CLOCK_SKEW_SECONDS,
          oAuthTokenProvider: this.tokens.provide,
        },
      },
      options.baseUrl,
    );
  }

  /**
   * Runs a call of the SDK. Throws PayPalError or PayPalUnreachable, and nothing else but bugs.
   * A token that PayPal refuses is replaced once: a call that was refused for its token did nothing.
   */
  async call<T>(operation: string, send: () => Promise<{ result: T }>): Promise<T> {
    try {
      return await resultOf(send);
    } catch (error) {
      if (!(error instanceof ApiError && error.statusCode === 401)) {
        throw this.translated(operation, error);
      }
      this.tokens.forget();
    }
    try {
      return await resultOf(send);
    } catch (error) {
      throw this.translated(operation, error);
    }
  }

  /** A call that the SDK lacks, with the SDK's own token and timeout. */
  async request<T>(operation: string, answer: z.ZodType<T>, call: RawCall): Promise<T> {
    const body = await this.call(operation, () => {
      const builder = this.client.getRequestBuilderFactory()(call.method, call.path);
      for (const [name, value] of Object.entries(call.headers ?? {})) builder.header(name, value);
      if (call.body !== undefined) builder.json(call.body);
      builder.throwOn([300, 599], CustomError, operation);
      builder.authenticate([{ oauth2: true }]);
      return builder.callAsText();
    });
    return readAnswer(operation, answer, body);
  }

  /** Says in whose name we act. https://developer.paypal.com/api/rest/requests/#paypal-auth-assertion */
  authAssertion(sellerMerchantId: string): string;
  authAssertion(sellerMerchantId: string | null): string | undefined;
  authAssertion(sellerMerchantId: string | null): string | undefined {
    if (sellerMerchantId === null) return undefined;
    const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString('base64');
    // PayPal takes the assertion unsigned: hence the algorithm "none" and the empty third part.
    return `${part({ alg: 'none' })}.${part({ iss: this.clientId, payer_id: sellerMerchantId })}.`;
  }

  private translated(operation: string, error: unknown): unknown {
    if (error instanceof ApiError) return fromAnswer(operation, error);
    if (error instanceof ResponseValidationError || isUnparsed(error)) {
      return new PayPalError(operation, 200, UNREADABLE_ANSWER, 'none', 'unexpected shape');
    }
    if (
      error instanceof Error &&
      /^(OAuth token is expired|Client is not auth)/.test(error.message)
    ) {
      const failure = this.tokens.failure ?? { code: 'NO_TOKEN', message: error.message };
      return new PayPalUnreachable(operation, false, failure);
    }
    const failure = failureOf(error);
    return failure
      ? new PayPalUnreachable(operation, mayHaveReachedPayPal(failure), failure)
      : error;
  }
}

/**
 * The SDK refuses a whole answer for one field that is not as it expects, be it one that nobody reads. Our
 * readers look at what they read themselves: they get the answer as it came, under the SDK's names.
 */
async function resultOf<T>(send: () => Promise<{ result: T }>): Promise<T> {
  try {
    return (await send()).result;
  } catch (error) {
    if (!(error instanceof ResponseValidationError)) throw error;
    const body = parseJson(error.body);
    if (typeof body !== 'object' || body === null) throw error;
    return inCamelCase(body) as T;
  }
}

function inCamelCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inCamelCase);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [
      name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
      inCamelCase(each),
    ]),
  );
}

/** What the SDK throws for a success whose body is not JSON: it has no class of its own. */
const isUnparsed = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('Could not parse body as JSON');

interface RawCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** What is a code, and not a sentence. */
const CODE = /^[A-Z][A-Z0-9_]*$/;

const ERROR_BODY = z.looseObject({
  name: z.string().optional(),
  debug_id: z.string().optional(),
  details: z
    .array(
      z.looseObject({
        issue: z.string().optional(),
        description: z.string().optional(),
        link: z.array(z.looseObject({ href: z.string() })).optional(),
      }),
    )
    .optional(),
});

/** The issue in the details is the finest; where there is no code, as with payouts, the name is it. */
function fromAnswer(operation: string, error: ApiError): PayPalError {
  const parsed = ERROR_BODY.safeParse(parseJson(error.body));
  const body = parsed.success ? parsed.data : {};
  const detail = body.details?.[0];
  return new PayPalError(
    operation,
    error.statusCode,
    detail?.issue && CODE.test(detail.issue)
      ? detail.issue
      : (body.name ?? `HTTP_${error.statusCode}`),
    body.debug_id ?? error.headers?.['paypal-debug-id'] ?? 'none',
    detail?.description,
    (body.details ?? []).flatMap(({ link }) => link ?? []).map(({ href }) => href),
  );
}

function readAnswer<T>(operation: string, answer: z.ZodType<T>, body: string): T {
  const parsed = answer.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new PayPalError(operation, 200, UNREADABLE_ANSWER, 'none', `unexpected shape at ${where}`);
}

function parseJson(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    return undefined; // An HTML page of a proxy, say; the status speaks for itself.
  }
}
