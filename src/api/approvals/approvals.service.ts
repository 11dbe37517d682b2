import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { expireApprovals } from '../../services/approval/approvals.ts';
import { changeState, declareCause, lockSubject } from '../../database/change-state.ts';
import { databaseNow } from '../../database/clock.ts';
import { Approval } from '../../database/entities/index.ts';
import type { Access } from '../http/access.ts';
import type { Change } from '../http/change.ts';
import { given, pageOfRows } from '../http/page.ts';
import { forbidden, notFound, Problem } from '../http/problem.ts';
import { actOf } from './acts.ts';
import { viewApproval, type ApprovalQuery, type ApprovalView } from './approvals.schemas.ts';

type Decision = 'approve' | 'reject' | 'withdraw';

@Injectable()
export class ApprovalsService {
  constructor(private readonly database: DataSource) {}

  async list({ limit, after, ...filters }: ApprovalQuery) {
    await expireApprovals(this.database.manager);
    const where = given(filters) as object;
    return pageOfRows(this.database.manager, Approval, where, { limit, after }, viewApproval);
  }

  async get(id: string): Promise<ApprovalView> {
    await expireApprovals(this.database.manager);
    const approval = await this.database.manager.findOneBy(Approval, { id });
    if (!approval) throw notFound('approval', id);
    return viewApproval(approval);
  }

  /** What is approved is done in the same transaction, or stays proposed when it cannot be done. */
  async decide(
    { tx, cause }: Change,
    access: Access,
    id: string,
    decision: Decision,
    reason: string,
  ): Promise<ApprovalView> {
    const approval = await lockSubject(tx, 'approval', id);
    mustDecide(approval, access, decision);
    if (decision === 'approve') await actOf(approval).mustBeForAnother(tx, approval, access.id);
    const now = await databaseNow(tx);
    if (approval.state === 'proposed' && approval.expiresAt <= now) throw tooLate(approval);
    const { changed, row } = await changeState(tx, 'approval', id, decision, cause(reason), {
      decidedBy: access.id,
      decisionReason: reason,
      decidedAt: now,
    });
    if (!changed || decision !== 'approve') return viewApproval(row);
    await declareCause(tx, cause(`${row.reason} (proposed by ${row.proposedBy}: ${reason})`));
    return viewApproval(await carryOut(tx, row, access.id));
  }
}

async function carryOut(tx: EntityManager, approval: Approval, by: string): Promise<Approval> {
  const outcome = await actOf(approval).run(tx, approval, by);
  await tx.update(Approval, { id: approval.id }, { outcome });
  return Object.assign(approval, { outcome });
}

function mustDecide(approval: Approval, { id, roles }: Access, decision: Decision): void {
  const act = actOf(approval);
  if (!roles.includes('admin') && !act.by.some((role) => roles.includes(role))) {
    throw forbidden(`This is decided by ${act.by.join(' or ')}.`);
  }
  if (decision === 'withdraw' && approval.proposedBy !== id) {
    throw forbidden('It is withdrawn by whoever has proposed it: reject it.');
  }
  if (decision !== 'approve') return;
  if (approval.proposedBy === id) {
    throw new Problem(
      403,
      'second_person_needed',
      'You have proposed it: somebody else must approve it.',
    );
  }
}

/** Whoever reads it next finds it expired: a refusal keeps no change. */
const tooLate = ({ expiresAt }: Approval) =>
  new Problem(
    409,
    'approval_expired',
    `It was to be decided by ${expiresAt.toISOString()}: propose it anew.`,
  );
