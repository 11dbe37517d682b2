import { LessThan, type EntityManager } from 'typeorm';
import { durationMs } from '../../domain/common/duration.ts';
import { changeState, declareCause, type Cause } from '../../database/change-state.ts';
import { databaseNow } from '../../database/clock.ts';
import { Approval } from '../../database/entities/index.ts';
import { FINANCE, notify, OPERATORS, type SharedBox } from '../../database/notices.ts';
import type { ApprovalKind, ApprovalRequests } from '../../database/entities/approval.ts';

/** What nobody has decided by then was not wanted: whoever wants it still proposes it anew. */
const STANDS_FOR_MS = durationMs('P7D');

/** Has something wait for a second person; `cause` carries who proposes it, and the reason. */
export async function propose<Kind extends ApprovalKind>(
  tx: EntityManager,
  proposal: { kind: Kind; subjectId: string; request: ApprovalRequests[Kind] },
  cause: Cause & { readonly reason: string },
): Promise<Approval> {
  const expiresAt = new Date((await databaseNow(tx)).getTime() + STANDS_FOR_MS);
  await declareCause(tx, cause);
  const { identifiers } = await tx.insert(Approval, {
    ...proposal,
    reason: cause.reason,
    proposedBy: cause.actorId,
    expiresAt,
  });
  const id = identifiers[0]!.id as string;
  for (const recipientId of WHO_MAY_APPROVE[proposal.kind]) {
    await notify(tx, {
      recipientId,
      kind: 'approval_needed',
      subjectId: id,
      text: `${cause.actorId} proposes a ${proposal.kind.replace('_', ' ')} and needs a second person: see /v1/approvals/${id}.`,
    });
  }
  return tx.findOneByOrFail(Approval, { id });
}

const WHO_MAY_APPROVE: Readonly<Record<ApprovalKind, readonly SharedBox[]>> = {
  store_credit: [OPERATORS, FINANCE],
  ledger_reversal: [FINANCE],
  payee_change: [OPERATORS, FINANCE],
};

/** Ends what nobody has decided in time. Safe to repeat, and to do at once with a decision. */
export async function expireApprovals(manager: EntityManager): Promise<void> {
  const now = await databaseNow(manager);
  const late = await manager.findBy(Approval, { state: 'proposed', expiresAt: LessThan(now) });
  for (const { id } of late) {
    await manager.transaction(async (tx) => {
      const [found] = await tx.query<{ state: string }[]>(
        'SELECT state FROM approval WHERE id = $1 FOR NO KEY UPDATE',
        [id],
      );
      if (found?.state !== 'proposed') return;
      await changeState(tx, 'approval', id, 'expire', { actorKind: 'workflow', actorId: 'gavel' });
    });
  }
}
