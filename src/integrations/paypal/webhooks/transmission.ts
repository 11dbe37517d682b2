export type RequestHeaders = Record<string, string | string[] | undefined>;

/** What PayPal says about one delivery of an event. */
export interface Transmission {
  readonly id: string;
  /** As sent: the text itself is signed. */
  readonly time: string;
  readonly signature: Buffer;
  readonly certificateUrl: string;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** PayPal tries for three days; a fourth allows for our own queues. */
const OLDEST_MS = 4 * DAY_MS;

/** How far PayPal's clock may be ahead of ours. */
const FURTHEST_AHEAD_MS = 5 * MINUTE_MS;

const BASE64 = /^[A-Za-z0-9+/]{40,1400}={0,2}$/;

/** The transmission in the headers, or the reason why it cannot be PayPal's. */
export function readTransmission(headers: RequestHeaders, nowMs: number): Transmission | string {
  const given = new Map(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const read = (name: string) => {
    const value = given.get(name);
    return typeof value === 'string' && value.length <= 2048 ? value : undefined;
  };

  const id = read('paypal-transmission-id');
  const time = read('paypal-transmission-time');
  const signature = read('paypal-transmission-sig');
  const certificateUrl = read('paypal-cert-url');
  if (!id || !time || !signature || !certificateUrl) {
    return "one of PayPal's signature headers is missing, doubled or too long";
  }
  if (read('paypal-auth-algo') !== 'SHA256withRSA') return 'the algorithm is not SHA256withRSA';
  if (!BASE64.test(signature)) return 'the signature is not base64';

  const ageMs = nowMs - Date.parse(time);
  if (!(ageMs <= OLDEST_MS)) return 'the transmission time is missing or too old';
  if (ageMs < -FURTHEST_AHEAD_MS) return 'the transmission time is in the future';
  return { id, time, signature: Buffer.from(signature, 'base64'), certificateUrl };
}
