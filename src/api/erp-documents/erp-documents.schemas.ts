import { z } from 'zod';
import type { ErpDocument } from '../../database/entities/index.ts';
import { ERP_DOCUMENT_BODY, ERP_DOCUMENT_KINDS } from '../../domain/erp/erp-document.ts';
import { erpDocumentLifecycle } from '../../domain/erp/lifecycle.ts';
import { Id, iso, Moment, pageOf, PageQuery, Words, stateOf } from '../http/schemas.ts';

const State = stateOf(erpDocumentLifecycle);

export const ErpDocumentView = z
  .object({
    id: Id,
    kind: z.enum(ERP_DOCUMENT_KINDS),
    auctionId: Id,
    subjectId: Id.describe('the payment, disbursement or refund'),
    revision: z.int(),
    state: State,
    body: ERP_DOCUMENT_BODY,
    erpReference: z.string().nullable(),
    rejection: z
      .object({ code: z.string(), message: z.string(), field: z.string().optional() })
      .nullable(),
    failureReason: z.string().nullable(),
    createdAt: Moment,
  })
  .meta({ id: 'ErpDocument' });
export type ErpDocumentView = z.infer<typeof ErpDocumentView>;

export const ErpDocumentPage = pageOf(ErpDocumentView, 'ErpDocumentPage');
export const ErpDocumentQuery = PageQuery.extend({
  auctionId: Id.optional(),
  state: State.optional(),
});
export type ErpDocumentQuery = z.infer<typeof ErpDocumentQuery>;

export const CorrectDocument = z
  .object({ body: ERP_DOCUMENT_BODY, reason: Words(500) })
  .meta({ id: 'CorrectDocument' });
export type CorrectDocument = z.infer<typeof CorrectDocument>;

export const viewErpDocument = (document: ErpDocument): ErpDocumentView => ({
  id: document.id,
  kind: document.kind,
  auctionId: document.auctionId,
  subjectId: document.subjectId,
  revision: document.revision,
  state: document.state,
  body: document.body,
  erpReference: document.erpReference,
  rejection: document.rejection,
  failureReason: document.failureReason,
  createdAt: iso(document.createdAt),
});
