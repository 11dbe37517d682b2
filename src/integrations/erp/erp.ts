import { createErpCallbacks } from './callbacks.ts';
import { createErpDocuments } from './documents.ts';
import type { ErpConnection } from './http.ts';

export { ErpError, ErpUnreachable } from './erp.errors.ts';
export type { CallbackVerdict } from './callbacks.ts';
export type { SendOutcome } from './documents.ts';
export type { ErpCallback, ErpDocument, ErpDocumentStatus, ErpRejectionReason } from './wire.ts';

export interface ErpOptions {
  readonly baseUrl: string;
  readonly secret: string;
  /** For one whole call, answer included. */
  readonly timeoutMs?: number;
  readonly now?: () => Date;
}

export type Erp = ReturnType<typeof createErp>;

/** The ERP, or the adapter in front of it: documents go out, callbacks about them come in. */
export function createErp({ baseUrl, secret, timeoutMs = 10_000, now }: ErpOptions) {
  const connection: ErpConnection = {
    baseUrl,
    secret,
    timeoutMs,
    now: now ?? (() => new Date()),
  };
  return {
    documents: createErpDocuments(connection),
    callbacks: createErpCallbacks(connection),
  };
}
