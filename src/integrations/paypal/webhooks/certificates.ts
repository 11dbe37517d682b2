import type { X509Certificate } from 'node:crypto';
import { PayPalUnreachable } from '../errors.ts';
import { failureOf } from '../http/failure.ts';
import type { PayPalOptions } from '../options.ts';
import { readChain, TrustedAuthorities } from './chain.ts';

/** https://developer.paypal.com/api/rest/webhooks/ : the hosts that serve PayPal's certificates. */
const PAYPAL_HOSTS = new Set([
  'api.paypal.com',
  'api-m.paypal.com',
  'api.sandbox.paypal.com',
  'api-m.sandbox.paypal.com',
]);
const PATH = /^\/v1\/notifications\/certs\/[A-Za-z0-9_-]{1,100}$/;

const LARGEST_CHAIN_BYTES = 64 * 1024;
const MINUTE_MS = 60_000;
const MOST_FETCHES_A_MINUTE = 20;
const DEFAULT_TIMEOUT_MS = 10_000;

/** PayPal uses one certificate for years; the bound keeps made-up URLs from filling memory. */
const CACHE_SIZE = 16;

/** Certificates that sign webhooks, fetched from PayPal's hosts only and kept by their URL. */
export class Certificates {
  private readonly cache = new Map<string, X509Certificate[]>();
  private readonly underWay = new Map<string, Promise<X509Certificate[] | string>>();
  private readonly refused = new Map<string, { reason: string; untilMs: number }>();
  private fetchedAtMs: number[] = [];
  private readonly authorities: TrustedAuthorities;
  private readonly extraHost: string | undefined;
  private readonly timeoutMs: number;

  constructor(options: PayPalOptions) {
    this.authorities = new TrustedAuthorities(options.certificateAuthorityPem);
    this.extraHost = options.certificateHost;
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** The certificate at a URL, or the reason why it is not to be trusted. */
  async get(url: string): Promise<X509Certificate | string> {
    if (!this.isAllowed(url)) return "the certificate URL is not one of PayPal's";
    const chain = this.cache.get(url) ?? (await this.fetchOnce(url));
    if (typeof chain === 'string') return chain;

    // Also when it was in the cache: certificates run out.
    const fault = this.authorities.faultIn(chain, new Date());
    if (fault) return this.refuse(url, fault);
    this.remember(url, chain);
    return chain[0]!;
  }

  /** The exact text is judged, so that no parser's idea of a URL lets another host through. */
  private isAllowed(url: string): boolean {
    const match = /^(https?):\/\/([a-z0-9.-]+(?::\d+)?)(\/.+)$/.exec(url);
    if (!match) return false;
    const [, scheme, host = '', path = ''] = match;
    if (!PATH.test(path)) return false;
    return (scheme === 'https' && PAYPAL_HOSTS.has(host)) || host === this.extraHost;
  }

  /** Webhooks come in bursts: those that need the same certificate wait for one fetch. */
  private fetchOnce(url: string): Promise<X509Certificate[] | string> {
    const waited = this.underWay.get(url);
    if (waited) return waited;
    const refused = this.refused.get(url);
    if (refused && refused.untilMs > Date.now()) return Promise.resolve(refused.reason);
    this.countFetch();
    const fetching = this.fetchChain(url)
      .then((found) => (typeof found === 'string' ? this.refuse(url, found) : found))
      .finally(() => this.underWay.delete(url));
    this.underWay.set(url, fetching);
    return fetching;
  }

  /**
   * Whoever makes URLs up has us ask PayPal no more than so often. PayPal itself, with a certificate that is
   * new just then, sends again; those that are known go on.
   */
  private countFetch(): void {
    const nowMs = Date.now();
    this.fetchedAtMs = this.fetchedAtMs.filter((atMs) => atMs > nowMs - MINUTE_MS);
    if (this.fetchedAtMs.length >= MOST_FETCHES_A_MINUTE) {
      throw unreachable({ code: 'TOO_MANY', message: 'too many new certificates were asked for' });
    }
    this.fetchedAtMs.push(nowMs);
  }

  /** What is not to be trusted is not asked for again so soon. */
  private refuse(url: string, reason: string): string {
    const nowMs = Date.now();
    for (const [one, { untilMs }] of this.refused) if (untilMs <= nowMs) this.refused.delete(one);
    this.refused.set(url, { reason, untilMs: nowMs + MINUTE_MS });
    return reason;
  }

  private async fetchChain(url: string): Promise<X509Certificate[] | string> {
    try {
      const signal = AbortSignal.timeout(this.timeoutMs);
      const response = await fetch(url, { redirect: 'error', signal });
      if (response.status >= 500 || response.status === 429) {
        await response.body?.cancel();
        throw unreachable({ code: `HTTP_${response.status}`, message: 'no certificate' });
      }
      if (!response.ok) {
        await response.body?.cancel();
        return 'there is no certificate at the certificate URL';
      }
      return readChain(await limitedText(response)) ?? 'what is at the URL is not a certificate';
    } catch (error) {
      if (error instanceof PayPalUnreachable) throw error;
      const cause =
        error instanceof Error ? (failureOf(error.cause) ?? failureOf(error)) : undefined;
      throw unreachable(cause ?? { code: 'FETCH_FAILED', message: String(error) });
    }
  }

  private remember(url: string, chain: X509Certificate[]): void {
    this.cache.delete(url); // Re-inserted at the end: the first of the map is the least lately used.
    this.cache.set(url, chain);
    const [oldest] = this.cache.keys();
    if (this.cache.size > CACHE_SIZE && oldest !== undefined) this.cache.delete(oldest);
  }
}

const unreachable = (cause: { code: string; message: string }) =>
  new PayPalUnreachable('certificates.get', false, cause);

async function limitedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.byteLength;
    if (size > LARGEST_CHAIN_BYTES) return ''; // Reads as "not a certificate".
    parts.push(part);
  }
  return Buffer.concat(parts).toString('latin1');
}
