import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { changeState, lockSubject } from '../../database/change-state.ts';
import { ErpDocument } from '../../database/entities/index.ts';
import { sendLater } from '../../database/outbox.ts';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import type { Change } from '../http/change.ts';
import { mustMatch } from '../http/edits/etag.ts';
import { given, pageOfRows } from '../http/page.ts';
import { notFound } from '../http/problem.ts';
import {
  viewErpDocument,
  type CorrectDocument,
  type ErpDocumentQuery,
  type ErpDocumentView,
} from './erp-documents.schemas.ts';

@Injectable()
export class ErpDocumentsService {
  constructor(private readonly database: DataSource) {}

  async get(id: string): Promise<ErpDocumentView> {
    const document = await this.database.manager.findOneBy(ErpDocument, { id });
    if (!document) throw notFound('ERP document', id);
    return viewErpDocument(document);
  }

  list({ auctionId, state, ...page }: ErpDocumentQuery) {
    const where = given({ auctionId, state }) as object;
    return pageOfRows(this.database.manager, ErpDocument, where, page, viewErpDocument);
  }

  /** A corrected document is the next revision, and is sent at once. */
  async correct(change: Change, id: string, wanted: CorrectDocument, ifMatch: string | undefined) {
    const document = await lockSubject(change.tx, 'erp_document', id);
    mustMatch(ifMatch, etagOfRevision(document));
    return this.nextRevision(change, document, 'correct', wanted.reason, wanted.body);
  }

  /** The same content once more, under a new revision: the ERP has settled the old one. */
  async sendAgain(change: Change, id: string, reason: string) {
    const document = await lockSubject(change.tx, 'erp_document', id);
    return this.nextRevision(change, document, 'sendAgain', reason, document.body);
  }

  private async nextRevision(
    { tx, cause, correlationId }: Change,
    { id, revision }: ErpDocument,
    event: 'correct' | 'sendAgain',
    reason: string,
    body: ErpDocument['body'],
  ): Promise<ErpDocumentView> {
    const { row } = await changeState(tx, 'erp_document', id, event, cause(reason), {
      body,
      revision: revision + 1,
      rejection: null,
      failureReason: null,
    });
    await sendLater(tx, lookAgain(workflowIds.erpSync(id)), correlationId);
    return viewErpDocument(row);
  }
}

/** Of a document; a list of them has none. */
export const etagOfRevision = ({ revision }: { revision?: number }): string | undefined =>
  revision === undefined ? undefined : `"${revision}"`;
