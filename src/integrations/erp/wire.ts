import { z } from 'zod';
import type { ErpDocumentBody, ErpDocumentKind } from '../../domain/erp/erp-document.ts';
import { keepable } from '../../domain/common/keepable.ts';
import { CURRENCIES, toDecimal, type Money } from '../../domain/common/money.ts';

export interface ErpDocument extends ErpDocumentBody {
  readonly id: string;
  readonly kind: ErpDocumentKind;
  /** 1, 2, ...: each correction of a document has the next one. */
  readonly revision: number;
}

/** The document as the ERP takes it: amounts are decimal strings. */
export function toWire(document: ErpDocument) {
  const { id, kind, revision, currency, references, commodityCode } = document;
  return {
    id,
    kind,
    revision,
    currency,
    lines: document.lines.map(({ account, text, amountMinor }) => ({
      account,
      text,
      amount: toDecimal(amountMinor, currency),
    })),
    total: toDecimal(document.totalMinor, currency),
    references,
    commodityCode,
  };
}

/** The ERP's words are kept and shown: in a form that the database can hold. */
const words = (longest: number, shortest = 0) =>
  z.string().min(shortest).max(longest).transform(keepable);

const reason = z.object({
  code: words(100),
  message: words(2_000),
  /** The field at fault, as a path: `lines.0.account`. */
  field: words(200).optional(),
});

export const RECEIPT = z.object({ reference: words(100, 1) });

export const DOCUMENT_STATUS = z.object({
  id: z.string(),
  revision: z.int().positive(),
  status: z.enum(['received', 'acknowledged', 'rejected']),
  reference: words(100),
  reason: reason.nullish().transform((given) => given ?? undefined),
  /** What is booked, as a decimal string; an ERP need not say. */
  total: z.string().max(30).nullish(),
  currency: z.enum(CURRENCIES).nullish(),
});

export const CALLBACK = z.object({
  /** The same for every delivery of one event. */
  eventId: z.string().min(1).max(200),
  documentId: z.string().min(1).max(200),
  revision: z.int().positive(),
  reference: words(100),
  outcome: z.enum(['acknowledged', 'rejected']),
  reason: reason.nullish().transform((given) => given ?? undefined),
});

export type ErpRejectionReason = z.infer<typeof reason>;
export type ErpDocumentStatus = Omit<z.infer<typeof DOCUMENT_STATUS>, 'total' | 'currency'> & {
  readonly total?: Money;
};
export type ErpCallback = z.infer<typeof CALLBACK>;
