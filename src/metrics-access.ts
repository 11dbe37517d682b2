import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** 127.0.0.0/8 and ::1, also as a socket of both families names the former. */
const LOOPBACK = /^(::ffff:)?127\.|^::1$/;

/**
 * Who may read /metrics, which tell how business goes: who has the token, or without one only this machine
 * itself. What a proxy on it passes on has come from elsewhere.
 */
export function mayReadMetrics(request: IncomingMessage, token: string | undefined): boolean {
  const { headers, socket } = request;
  if (token === undefined) {
    const passedOn = headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined;
    return !passedOn && LOOPBACK.test(socket.remoteAddress ?? '');
  }
  const given = Buffer.from(headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
