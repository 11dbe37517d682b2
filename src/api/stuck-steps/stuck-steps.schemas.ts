import { z } from 'zod';
import type { StuckStep } from '../../database/entities/index.ts';
import { stuckStepLifecycle } from '../../domain/stuck-step/lifecycle.ts';
import {
  Id,
  iso,
  isoOrNull,
  Moment,
  pageOf,
  PageQuery,
  stateOf,
  Text,
  Words,
} from '../http/schemas.ts';

const State = stateOf(stuckStepLifecycle);
const Cause = Text(400).min(1);

export const StuckStepView = z
  .object({
    id: Id,
    workflowId: z.string(),
    workflowType: z.string(),
    step: z.string(),
    cause: z.string().describe('the same words for all that fail for the same reason'),
    service: z.string().nullable().describe('database, paypal, erp or blob, when it is to blame'),
    tries: z.int(),
    state: State,
    firstSeenAt: Moment,
    lastTriedAt: Moment,
    endedAt: Moment.nullable(),
  })
  .meta({ id: 'StuckStep' });
export const StuckStepPage = pageOf(StuckStepView, 'StuckStepPage');

export const StuckStepQuery = PageQuery.extend({
  state: State.default('stuck'),
  cause: Cause.optional(),
});
export type StuckStepQuery = z.infer<typeof StuckStepQuery>;

export const StuckCauses = z
  .object({
    items: z.array(
      z.object({
        cause: z.string(),
        service: z.string().nullable(),
        steps: z.int().describe('how many are stuck for it'),
        since: Moment,
      }),
    ),
  })
  .meta({ id: 'StuckCauses' });

export const RetryAll = z
  .object({
    cause: Cause.describe('as in GET /v1/stuck-steps/causes'),
    reason: Words(500).describe('kept in the audit log'),
  })
  .meta({ id: 'RetryStuckSteps' });
export type RetryAll = z.infer<typeof RetryAll>;
export const Retried = z.object({ retried: z.int() }).meta({ id: 'RetriedSteps' });

export const viewStuckStep = (row: StuckStep): z.infer<typeof StuckStepView> => ({
  id: row.id,
  workflowId: row.workflowId,
  workflowType: row.workflowType,
  step: row.step,
  cause: row.cause,
  service: row.service,
  tries: row.tries,
  state: row.state,
  firstSeenAt: iso(row.firstSeenAt),
  lastTriedAt: iso(row.lastTriedAt),
  endedAt: isoOrNull(row.endedAt),
});
