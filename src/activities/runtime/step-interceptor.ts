import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  Next,
} from '@temporalio/worker';
import type { DataSource } from 'typeorm';
import { knownOf, recordStuck, resolveStuck } from '../../services/stuck-step/stuck-steps.ts';
import { STEP_ENDED } from '../../workflows/messages.ts';
import { workflowCause } from './context.ts';
import { faultIn, isOutage, type Fault } from './fault.ts';
import { GIVES_UP_AFTER, noticeOf, pauseAfter } from './patience.ts';

/**
 * Around every step of every workflow: a step that fails again and again is written down, and told to a
 * person once with its cause, and struck out when it succeeds. What an operator has ended is not tried again.
 */
export class StepInterceptor implements ActivityInboundCallsInterceptor {
  constructor(private readonly database: DataSource) {}

  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    try {
      const known = await knownOf(this.database, stepHere());
      if (known?.state === 'ended') throw ended(stepHere().step);
      const answer = await next(input);
      if (known) await this.resolve(known.id);
      return answer;
    } catch (error) {
      throw await this.failed(error);
    }
  }

  private async resolve(id: string): Promise<void> {
    await this.database.transaction((tx) => resolveStuck(tx, id, workflowCause()));
  }

  private async failed(error: unknown): Promise<unknown> {
    if (error instanceof CancelledFailure) return error;
    if (error instanceof ApplicationFailure && error.nonRetryable) return error;
    const fault = faultIn(error);
    const { attempt, isLocal } = activityInfo();
    // A workflow waits for a local attempt in its slot: what time does not mend is tried elsewhere.
    if (isLocal) return isOutage(fault) ? error : givenUp(error);
    if (attempt >= fault.stuckFrom) await this.record(fault, attempt);
    if (!isOutage(fault) && attempt >= GIVES_UP_AFTER(activityInfo().activityType)) {
      return givenUp(error);
    }
    return tryAgain(error, pauseAfter(fault, attempt));
  }

  /** Where it cannot be written down, it is tried again all the same. */
  private async record(fault: Fault, attempt: number): Promise<void> {
    const { cause, service = null } = fault;
    const { step, ...here } = stepHere();
    const notice = fault.told ? null : noticeOf(fault, step);
    await this.database
      .transaction((tx) =>
        recordStuck(tx, { ...here, step, cause, service, tries: attempt, notice }, workflowCause()),
      )
      .catch(() => undefined);
  }
}

function stepHere() {
  const { workflowExecution, workflowType, activityType } = activityInfo();
  return {
    workflowId: workflowExecution?.workflowId ?? 'none',
    runId: workflowExecution?.runId ?? 'none',
    workflowType: workflowType ?? 'none',
    step: activityType,
  };
}

const ended = (step: string) =>
  ApplicationFailure.nonRetryable(`An operator has ended the step ${step}`, STEP_ENDED);

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
const typeOf = (error: unknown): string | undefined =>
  error instanceof ApplicationFailure
    ? (error.type ?? undefined)
    : (error as Error | undefined)?.name;

const givenUp = (error: unknown) =>
  ApplicationFailure.create({
    message: messageOf(error),
    type: typeOf(error),
    nonRetryable: true,
    cause: error as Error,
  });

const tryAgain = (error: unknown, pause: string | number | undefined) =>
  pause === undefined || error instanceof ApplicationFailure
    ? error
    : ApplicationFailure.create({
        message: messageOf(error),
        type: typeOf(error),
        nextRetryDelay: pause as number,
        cause: error as Error,
      });
