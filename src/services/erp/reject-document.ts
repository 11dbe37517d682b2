import type { EntityManager } from 'typeorm';
import { changeState, type Cause } from '../../database/change-state.ts';
import type { ErpDocument } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';

/** The ERP does not take a document: it is parked, and operators are told once per revision. */
export async function rejectDocument(
  tx: EntityManager,
  documentId: string,
  rejection: NonNullable<ErpDocument['rejection']>,
  cause: Cause,
  set: Partial<ErpDocument> = {},
): Promise<void> {
  const { row } = await changeState(tx, 'erp_document', documentId, 'reject', cause, {
    ...set,
    rejection,
  });
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'erp_rejected',
    subjectId: documentId,
    occasion: row.revision,
    text: `The ERP rejects the ${row.kind.replace('_', ' ')} ${documentId}: ${rejection.message}`,
  });
}
