import { z } from 'zod';
import type { Transition } from '../../database/entities/index.ts';
import { AUDITED_KINDS } from '../../domain/audit/audit.ts';
import { AfterRow, Id, iso, Moment, pageOf, Text, wholeNumber } from '../http/schemas.ts';

const Subject = z.enum(AUDITED_KINDS);
/** An admission's has those of its sale and its bidder in it. */
const SubjectId = Text(200);
const Row = z.record(z.string(), z.unknown()).nullable();

export const TransitionView = z
  .object({
    id: z.int(),
    at: Moment,
    subjectKind: Subject,
    subjectId: SubjectId,
    from: z.string().nullable().describe('state; null where it begins, and where a row was edited'),
    to: z.string().nullable(),
    event: z.string(),
    actorKind: z.string(),
    actorId: z.string(),
    reason: z.string().nullable(),
    before: Row.describe('of an edited row, as it was; null where it was created'),
    after: Row.describe('of an edited row, as it is from then on; null where it was deleted'),
    workflowId: z.string().nullable(),
    correlationId: z.string().nullable(),
  })
  .meta({ id: 'Transition' });
export type TransitionView = z.infer<typeof TransitionView>;
export const AuditPage = pageOf(TransitionView, 'AuditPage');

export const AuditQuery = z.object({
  subjectKind: Subject.optional(),
  subjectId: z
    .union([Id, SubjectId])
    .optional()
    .describe('of an admission: the sale, a slash and the bidder'),
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
  before: row.before,
  after: row.after,
  workflowId: row.workflowId,
  correlationId: row.correlationId,
});
