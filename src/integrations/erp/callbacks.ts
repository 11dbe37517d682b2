import { faultsOf, missing, type Fault } from '../../domain/common/faults.ts';
import type { ErpConnection } from './http.ts';
import { signatureFault, type MessageHeaders } from './signature.ts';
import { CALLBACK, type ErpCallback } from './wire.ts';

/** Who sent it is proven first; then it may still not be what was agreed. */
export type CallbackVerdict =
  | { readonly genuine: true; readonly callback: ErpCallback }
  | { readonly genuine: true; readonly faults: readonly Fault[] }
  | { readonly genuine: false; readonly reason: string };

export const createErpCallbacks = ({ secret, now }: ErpConnection) => ({
  /** Judges a callback by its signature over the bytes as they came; only then are they read. */
  verify(headers: MessageHeaders, rawBody: Buffer): CallbackVerdict {
    const fault = signatureFault(secret, headers, rawBody, now());
    if (fault) return { genuine: false, reason: fault };
    const callback = CALLBACK.safeParse(parsed(rawBody), { error: missing });
    return callback.success
      ? { genuine: true, callback: callback.data }
      : { genuine: true, faults: faultsOf(callback.error.issues) };
  },
});

function parsed(rawBody: Buffer): unknown {
  try {
    return JSON.parse(rawBody.toString('utf8'));
  } catch {
    return 'no JSON';
  }
}
