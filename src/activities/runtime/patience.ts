import { isOutage, type Fault } from './fault.ts';

const MINUTE_MS = 60_000;
const LONGEST_PAUSE_MS = 60 * MINUTE_MS;

/**
 * How long until a step is tried again; undefined leaves it to the step's own policy, which is at most a
 * minute or two. What only a person can mend is tried seldom: after 1, 2, 4 ... 60 minutes.
 */
export function pauseAfter(fault: Fault, attempt: number): number | undefined {
  if (isOutage(fault) || attempt < fault.stuckFrom) return undefined;
  return Math.min(LONGEST_PAUSE_MS, MINUTE_MS * 2 ** Math.min(attempt - fault.stuckFrom, 10));
}

/** What nobody waits for ends with its reason, and can be asked for again; an outage does not end it. */
const END_BY_THEMSELVES: Record<string, number> = {
  storeReport: 8,
  readMovements: 8,
  compareSales: 8,
};

export const GIVES_UP_AFTER = (step: string): number => END_BY_THEMSELVES[step] ?? Infinity;

export function noticeOf(fault: Fault, step: string): string {
  return isOutage(fault)
    ? `${fault.cause}. What needs it waits, is tried again every minute or two, and goes on by itself. ` +
        'GET /v1/stuck-steps lists it.'
    : `The step ${step} cannot succeed: ${fault.cause}. It is tried again, ever more seldom. ` +
        'Mend the cause, then POST /v1/stuck-steps/retry; GET /v1/stuck-steps lists what waits for it.';
}
