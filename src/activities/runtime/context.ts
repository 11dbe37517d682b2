import { activityInfo } from '@temporalio/activity';
import type { EntityManager } from 'typeorm';
import type { Cause } from '../../database/change-state.ts';
import { PolicyVersion, type Auction } from '../../database/entities/index.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { correlationHere } from './correlation.ts';

/** The cause of whatever an activity changes: its workflow, in the course of the request that began it. */
export function workflowCause(reason?: string): Cause {
  const { workflowExecution, workflowType } = activityInfo();
  return {
    actorKind: 'workflow',
    actorId: workflowType ?? 'workflow',
    reason,
    workflowId: workflowExecution?.workflowId,
    correlationId: correlationHere(),
  };
}

/** What a look at a subject found: it has come to rest in a state, or there is something to wait for. */
export type Look<State extends string> =
  | { readonly done: true; readonly state: State }
  /** Null waits for news alone. */
  | { readonly done: false; readonly waitMs: number | null };

export const arrived = <State extends string>(state: State): Look<State> => ({ done: true, state });
export const waitFor = (waitMs: number | null): Look<never> => ({ done: false, waitMs });

export async function policyOf(
  tx: EntityManager,
  auction: Pick<Auction, 'policyName' | 'policyVersion'>,
): Promise<Policy> {
  const { document } = await tx.findOneByOrFail(PolicyVersion, {
    name: auction.policyName,
    version: auction.policyVersion,
  });
  return document;
}

const SHORTEST_POLL_MS = 30_000;
const LONGEST_POLL_MS = 3_600_000;

/**
 * How long to wait before asking a provider what its webhook may have failed to say: often while a
 * thing is young, seldom when it is old.
 */
export const pollAfterMs = (since: Date, now: Date): number =>
  Math.min(LONGEST_POLL_MS, Math.max(SHORTEST_POLL_MS, (now.getTime() - since.getTime()) / 4));

/** Throws a RangeError where there is no such date: a policy from before there were bounds may ask for it. */
export function later(from: Date, ms: number): Date {
  const moment = new Date(from.getTime() + ms);
  if (Number.isNaN(moment.getTime())) {
    throw new RangeError(`A time of ${ms / 86_400_000} days leads to no date: its policy is wrong`);
  }
  return moment;
}
export const earliest = (first: Date, ...more: Date[]): Date =>
  more.reduce((found, each) => (each < found ? each : found), first);
export const latest = (first: Date, ...more: Date[]): Date =>
  more.reduce((found, each) => (each > found ? each : found), first);
export const msUntil = (moment: Date, now: Date): number =>
  Math.max(0, moment.getTime() - now.getTime());
