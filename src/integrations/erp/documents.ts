import { fromDecimal, type Currency } from '../../domain/common/money.ts';
import { ErpError } from './erp.errors.ts';
import { callErp, detailOf, type ErpAnswer, type ErpConnection } from './http.ts';
import {
  DOCUMENT_STATUS,
  RECEIPT,
  toWire,
  type ErpDocument,
  type ErpDocumentStatus,
} from './wire.ts';

export type SendOutcome =
  | { readonly outcome: 'received'; readonly reference: string }
  /** Sent as it is, the document will never be taken. */
  | { readonly outcome: 'refused'; readonly reason: string };

/**
 * Answers that speak of the connection and not of the document: a wrong secret, a wrong address,
 * too many calls. They are faults, so that no document is parked for what an administrator mends.
 */
const NOT_ABOUT_THE_DOCUMENT = [401, 403, 404, 405, 407, 408, 425, 429];

export const createErpDocuments = (connection: ErpConnection) => ({
  /**
   * Sends a document. Safe to repeat: the ERP books one (id, revision) once.
   * Throws ErpError for a fault that it answers with, ErpUnreachable when it does not answer.
   */
  async send(document: ErpDocument): Promise<SendOutcome> {
    const answer = await callErp(connection, {
      method: 'POST',
      path: '/documents',
      signed: JSON.stringify(toWire(document)),
    });
    if (isRefusal(answer)) return { outcome: 'refused', reason: detailOf(answer) };
    return { outcome: 'received', reference: expectBody(answer, RECEIPT).reference };
  },

  /** The ERP's latest word on a document, or undefined when it never got it. */
  async get(id: string): Promise<ErpDocumentStatus | undefined> {
    const path = `/documents/${encodeURIComponent(id)}`;
    const answer = await callErp(connection, { method: 'GET', path, signed: id });
    // A proxy's 404 has another body: "not found here" must not read as "never got it".
    if (answer.status === 404 && saysUnknownDocument(answer)) return undefined;
    const { total, currency, ...status } = expectBody(answer, DOCUMENT_STATUS);
    if (typeof total !== 'string' || !currency) return status;
    return { ...status, total: { amountMinor: amountIn(answer, total, currency), currency } };
  },
});

function amountIn({ status, body }: ErpAnswer, text: string, currency: Currency): number {
  try {
    return fromDecimal(text, currency);
  } catch {
    throw new ErpError(status, `its total is no amount: ${text} ${currency}`, body);
  }
}

function isRefusal({ status }: ErpAnswer): boolean {
  return status >= 400 && status < 500 && !NOT_ABOUT_THE_DOCUMENT.includes(status);
}

function saysUnknownDocument({ body }: ErpAnswer): boolean {
  return (body as { code?: unknown } | undefined)?.code === 'unknown_document';
}

interface Schema<Output> {
  safeParse(value: unknown): { success: true; data: Output } | { success: false };
}

function expectBody<Output>(answer: ErpAnswer, schema: Schema<Output>): Output {
  if (answer.status < 200 || answer.status > 299) {
    throw new ErpError(answer.status, detailOf(answer));
  }
  const body = schema.safeParse(answer.body);
  if (!body.success)
    throw new ErpError(answer.status, 'its body is not what was agreed', answer.body);
  return body.data;
}
