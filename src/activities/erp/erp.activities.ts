import type { DataSource, EntityManager } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { changeState, lockSubject } from '../../database/change-state.ts';
import type { ErpDocument } from '../../database/entities/index.ts';
import type { ErpDocumentState } from '../../domain/erp/lifecycle.ts';
import type { Erp, ErpDocumentStatus } from '../../integrations/erp/erp.ts';
import { arrived, pollAfterMs, waitFor, workflowCause, type Look } from '../runtime/context.ts';
import { rejectDocument } from '../../services/erp/reject-document.ts';

export interface ErpDeps {
  readonly database: DataSource;
  readonly erp: Erp;
}

export const createErpActivities = ({ database, erp }: ErpDeps) => ({
  /** Sends the document as it is now. The ERP books a revision once, so this may be repeated. */
  async sendDocument(documentId: string): Promise<void> {
    const document = await database.transaction((tx) => beginSending(tx, documentId));
    if (document.state !== 'sending') return;
    const { kind, revision, body } = document;
    const outcome = await erp.documents.send({ id: documentId, kind, revision, ...body });
    await database.transaction(async (tx) => {
      const { state } = await lockSubject(tx, 'erp_document', documentId);
      if (state !== 'sending') return; // The callback was faster than the answer.
      if (outcome.outcome === 'refused') {
        const rejection = { code: 'refused', message: outcome.reason };
        await rejectDocument(tx, documentId, rejection, workflowCause(outcome.reason));
      } else {
        await changeState(tx, 'erp_document', documentId, 'recordSent', workflowCause(), {
          erpReference: outcome.reference,
        });
      }
    });
  },

  /** Where the document stands, asking the ERP when its callback is overdue. */
  async lookAtDocument(documentId: string): Promise<Look<ErpDocumentState>> {
    const found = await database.transaction((tx) => lookHere(tx, documentId));
    if (found !== 'overdue') return found;
    const there = await erp.documents.get(documentId);
    return database.transaction((tx) => lookThere(tx, documentId, there));
  },

  /** Parks a document that could not be sent for so long that a person should know. */
  async giveUpDocument(documentId: string, reason: string): Promise<void> {
    await database.transaction(async (tx) => {
      const { state } = await lockSubject(tx, 'erp_document', documentId);
      if (state !== 'sending' && state !== 'sent') return;
      await changeState(tx, 'erp_document', documentId, 'giveUp', workflowCause(reason), {
        failureReason: reason,
      });
    });
  },
});

async function beginSending(tx: EntityManager, documentId: string): Promise<ErpDocument> {
  const document = await lockSubject(tx, 'erp_document', documentId);
  if (document.state !== 'pending') return document;
  return (await changeState(tx, 'erp_document', documentId, 'send', workflowCause())).row;
}

async function lookHere(
  tx: EntityManager,
  documentId: string,
): Promise<Look<ErpDocumentState> | 'overdue'> {
  const document = await lockSubject(tx, 'erp_document', documentId);
  switch (document.state) {
    case 'acknowledged':
    case 'pending':
    case 'sending':
      return arrived(document.state);
    case 'rejected':
    case 'dead':
      return waitFor(null); // Until a person corrects it or has it sent again.
    case 'sent':
      return (await isOverdue(tx, document)) ? 'overdue' : waitFor(CALLBACK_EXPECTED_MS);
  }
}

/** An ERP that books at once calls back within seconds. */
const CALLBACK_EXPECTED_MS = 30_000;

async function isOverdue(tx: EntityManager, { id }: ErpDocument): Promise<boolean> {
  const [{ overdue }] = await tx.query<[{ overdue: boolean }]>(
    `SELECT clock_timestamp() - max(at) >= $2 * interval '1 millisecond' AS overdue
     FROM transition WHERE subject_id = $1 AND to_state = 'sent'`,
    [id, CALLBACK_EXPECTED_MS],
  );
  return overdue;
}

async function lookThere(
  tx: EntityManager,
  documentId: string,
  there: ErpDocumentStatus | undefined,
): Promise<Look<ErpDocumentState>> {
  const document = await lockSubject(tx, 'erp_document', documentId);
  if (document.state !== 'sent') return arrived(document.state);
  const current = there?.revision === document.revision ? there : undefined;
  if (current?.status === 'acknowledged') {
    await changeState(tx, 'erp_document', documentId, 'acknowledge', workflowCause('by asking'));
    return arrived('acknowledged');
  }
  if (current?.status === 'rejected') {
    const rejection = current.reason ?? { code: 'rejected', message: 'no reason given' };
    await rejectDocument(tx, documentId, rejection, workflowCause(rejection.message));
    return waitFor(null);
  }
  return waitFor(pollAfterMs(document.createdAt, await databaseNow(tx)));
}
