import { z } from 'zod';
import type { Transition } from '../../database/entities/index.ts';
import { LIFECYCLES, type SubjectKind } from '../../domain/lifecycles/index.ts';
import { AfterRow, Id, iso, Moment, pageOf, wholeNumber } from '../http/schemas.ts';

const Subject = z.enum(Object.keys(LIFECYCLES) as [SubjectKind, ...SubjectKind[]]);

export const TransitionView = z
  .object({
    id: z.int(),
    at: Moment,
    subjectKind: Subject,
    subjectId: Id,
    from: z.string().nullable(),
    to: z.string(),
    event: z.string(),
    actorKind: z.string(),
    actorId: z.string(),
    reason: z.string().nullable(),
    workflowId: z.string().nullable(),
    correlationId: z.string().nullable(),
  })
  .meta({ id: 'Transition' });
export type TransitionView = z.infer<typeof TransitionView>;
export const AuditPage = pageOf(TransitionView, 'AuditPage');

export const AuditQuery = z.object({
  subjectKind: Subject.optional(),
  subjectId: Id.optional(),
  actorId: z.string().max(100).optional(),
  correlationId: z.string().max(100).optional(),
  workflowId: z.string().max(200).optional(),
  limit: wholeNumber(1, 500).default(100),
  after: AfterRow.describe('the `next` of the page before'),
});
export type AuditQuery = z.infer<typeof AuditQuery>;

export const viewTransition = (row: Transition): TransitionView => ({
  id: row.id,
  at: iso(row.at),
  subjectKind: row.subjectKind,
  subjectId: row.subjectId,
  from: row.fromState,
  to: row.toState,
  event: row.event,
  actorKind: row.actorKind,
  actorId: row.actorId,
  reason: row.reason,
  workflowId: row.workflowId,
  correlationId: row.correlationId,
});
