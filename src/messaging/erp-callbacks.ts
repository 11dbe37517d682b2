import type { EntityManager } from 'typeorm';
import { changeState, lockSubject, type Cause } from '../database/change-state.ts';
import type { InboxMessage } from '../database/entities/index.ts';
import { sendLater } from '../database/outbox.ts';
import { rejectDocument } from '../services/erp/reject-document.ts';
import type { ErpCallback } from '../integrations/erp/erp.ts';
import { lookAgain, workflowIds } from '../workflows/messages.ts';

/** The ERP's word on a document. One about an earlier revision has been overtaken and changes nothing. */
export async function dispatchErpCallback(tx: EntityManager, message: InboxMessage): Promise<void> {
  const callback = message.body as unknown as ErpCallback; // Verified and parsed on arrival.
  const document = await lockSubject(tx, 'erp_document', callback.documentId);
  const settled = ['acknowledged', 'rejected', 'pending'].includes(document.state);
  if (callback.revision !== document.revision || settled) return;

  const cause: Cause = {
    actorKind: 'provider',
    actorId: 'erp',
    reason: callback.reason?.message,
    correlationId: message.correlationId ?? undefined,
  };
  const set = { erpReference: callback.reference, failureReason: null };
  if (callback.outcome === 'acknowledged') {
    await changeState(tx, 'erp_document', document.id, 'acknowledge', cause, {
      ...set,
      rejection: null,
    });
  } else {
    const rejection = callback.reason ?? { code: 'rejected', message: 'no reason given' };
    await rejectDocument(tx, document.id, rejection, cause, set);
  }
  await sendLater(tx, lookAgain(workflowIds.erpSync(document.id)));
}
