import { createHmac, timingSafeEqual } from 'node:crypto';

// The ERP's own reading of the agreement: it shares no code with Gavel, so that a mistake on one
// side does not cancel out on the other.

const WINDOW_MS = 5 * 60 * 1000;

export function signatureHeaders(secret: string, body: string) {
  const timestamp = Math.floor(Date.now() / 1000).toString();
  return { 'X-Gavel-Timestamp': timestamp, 'X-Gavel-Signature': sign(secret, timestamp, body) };
}

export function isSigned(
  secret: string,
  headers: NodeJS.Dict<string | string[]>,
  body: string | Buffer,
): boolean {
  const timestamp = String(headers['x-gavel-timestamp']);
  const age = Math.abs(Date.now() - Number(timestamp) * 1000);
  if (!(age <= WINDOW_MS)) return false;
  const given = Buffer.from(String(headers['x-gavel-signature']));
  const expected = Buffer.from(sign(secret, timestamp, body));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function sign(secret: string, timestamp: string, body: string | Buffer): string {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
}
