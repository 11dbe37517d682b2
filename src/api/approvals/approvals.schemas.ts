import { z } from 'zod';
import type { Approval } from '../../database/entities/index.ts';
import { approvalLifecycle } from '../../domain/approval/lifecycle.ts';
import { Id, iso, isoOrNull, Moment, pageOf, PageQuery, stateOf } from '../http/schemas.ts';

const Kind = z.enum(['store_credit', 'ledger_reversal', 'payee_change']);
const State = stateOf(approvalLifecycle);
const Facts = z.record(z.string(), z.union([z.string(), z.number()]));

export const ApprovalView = z
  .object({
    id: Id,
    kind: Kind,
    subjectId: z.string().describe('whose wallet, which ledger transaction, which seller'),
    request: Facts.describe('exactly what is done once it is approved'),
    reason: z.string(),
    state: State.describe('proposed: waits for a second person'),
    proposedBy: z.string(),
    decidedBy: z.string().nullable(),
    decisionReason: z.string().nullable(),
    decidedAt: Moment.nullable(),
    outcome: Facts.nullable().describe('what came of it'),
    expiresAt: Moment.describe('by when it must be decided'),
    createdAt: Moment,
  })
  .meta({ id: 'Approval' });
export type ApprovalView = z.infer<typeof ApprovalView>;

export const ApprovalPage = pageOf(ApprovalView, 'ApprovalPage');
export const ApprovalQuery = PageQuery.extend({
  kind: Kind.optional(),
  state: State.optional(),
});
export type ApprovalQuery = z.infer<typeof ApprovalQuery>;

export const viewApproval = (approval: Approval): ApprovalView => ({
  id: approval.id,
  kind: approval.kind,
  subjectId: approval.subjectId,
  request: { ...approval.request },
  reason: approval.reason,
  state: approval.state,
  proposedBy: approval.proposedBy,
  decidedBy: approval.decidedBy,
  decisionReason: approval.decisionReason,
  decidedAt: isoOrNull(approval.decidedAt),
  outcome: approval.outcome,
  expiresAt: iso(approval.expiresAt),
  createdAt: iso(approval.createdAt),
});
