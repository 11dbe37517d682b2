import { createHmac, timingSafeEqual } from 'node:crypto';

export const TIMESTAMP_HEADER = 'x-gavel-timestamp';
export const SIGNATURE_HEADER = 'x-gavel-signature';

/** How far the two clocks may be apart, and how long a message that was overheard can be replayed. */
const WINDOW_SECONDS = 300;

export type MessageHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The headers that prove who sent the text. The timestamp is Unix time in seconds. */
export function signedHeaders(secret: string, text: string | Buffer, now: Date) {
  const timestamp = String(Math.floor(now.getTime() / 1000));
  return {
    [TIMESTAMP_HEADER]: timestamp,
    [SIGNATURE_HEADER]: hmac(secret, timestamp, text).toString('hex'),
  };
}

/** What is wrong with a message's signature, or undefined when it is genuine and recent. */
export function signatureFault(
  secret: string,
  headers: MessageHeaders,
  rawBody: Buffer,
  now: Date,
): string | undefined {
  const timestamp = headers[TIMESTAMP_HEADER];
  const signature = headers[SIGNATURE_HEADER];
  if (typeof timestamp !== 'string' || typeof signature !== 'string') {
    return `${TIMESTAMP_HEADER} or ${SIGNATURE_HEADER} is missing or repeated`;
  }
  if (!/^\d{1,12}$/.test(timestamp)) return 'the timestamp is not Unix time in seconds';
  if (!/^[0-9a-f]{64}$/i.test(signature)) return 'the signature is not a hex SHA-256';
  // The signature first: a stranger learns nothing about our clock.
  if (!timingSafeEqual(hmac(secret, timestamp, rawBody), Buffer.from(signature, 'hex'))) {
    return 'the signature is wrong';
  }
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > WINDOW_SECONDS) {
    return 'the timestamp is more than five minutes away from our clock';
  }
  return undefined;
}

function hmac(secret: string, timestamp: string, text: string | Buffer): Buffer {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(text).digest();
}
