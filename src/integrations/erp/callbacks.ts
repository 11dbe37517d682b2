import type { ErpConnection } from './http.ts';
import { signatureFault, type MessageHeaders } from './signature.ts';
import { CALLBACK, type ErpCallback } from './wire.ts';

export type CallbackVerdict =
  | { readonly genuine: true; readonly callback: ErpCallback }
  | { readonly genuine: false; readonly reason: string };

export const createErpCallbacks = ({ secret, now }: ErpConnection) => ({
  /** Judges a callback by its signature over the bytes as they came; only then are they read. */
  verify(headers: MessageHeaders, rawBody: Buffer): CallbackVerdict {
    const fault = signatureFault(secret, headers, rawBody, now());
    if (fault) return { genuine: false, reason: fault };
    const callback = CALLBACK.safeParse(parsed(rawBody));
    return callback.success
      ? { genuine: true, callback: callback.data }
      : { genuine: false, reason: 'the body is not a callback as agreed with the ERP' };
  },
});

function parsed(rawBody: Buffer): unknown {
  try {
    return JSON.parse(rawBody.toString('utf8'));
  } catch {
    return undefined;
  }
}
