import type { EntityManager } from 'typeorm';
import { expireApprovals } from '../../services/approval/approvals.ts';
import { Approval } from '../../database/entities/index.ts';
import type { ApprovalKind } from '../../database/entities/approval.ts';
import { Problem } from '../http/problem.ts';

/** Of two proposals about the same thing nobody could say which is meant. Its thing is locked. */
export async function mustBeOnlyProposal(
  tx: EntityManager,
  proposal: { kind: ApprovalKind; subjectId: string },
): Promise<void> {
  await expireApprovals(tx);
  const open = await tx.findOneBy(Approval, { ...proposal, state: 'proposed' });
  if (!open) return;
  throw new Problem(
    409,
    'already_proposed',
    `It is proposed already and waits for a second person: see /v1/approvals/${open.id}.`,
    { approvalId: open.id },
  );
}
