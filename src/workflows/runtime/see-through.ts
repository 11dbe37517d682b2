import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  isCancellation,
} from '@temporalio/workflow';
import { STEP_ENDED } from '../messages.ts';
import { whenHeard } from './news.ts';

type Step = (...given: unknown[]) => Promise<unknown>;
type Steps = Record<string, Step>;

/**
 * Steps that are tried until they succeed. Between two attempts Temporal waits, and neither the workflow nor
 * the step takes a place in the worker; news ends the waiting, so that what somebody has mended is tried at
 * once. With `quick` a step is tried there first: in the worker itself, a time or two.
 */
export function seenThrough<A extends object>(steps: A, quick?: A): A {
  return new Proxy(steps, {
    get: (_, name: string) => {
      const slowly: Step = (...given) => untilItSucceeds(() => (steps as Steps)[name]!(...given));
      if (!quick) return slowly;
      return (...given: unknown[]) =>
        (quick as Steps)[name]!(...given).catch((error: unknown) => {
          if (isCancellation(error) || isEnded(error)) throw error;
          return slowly(...given);
        });
    },
  });
}

/** After so long a step that has not succeeded waits for its next attempt, and may be hurried. */
const WAITS_FROM_MS = 10_000;

async function untilItSucceeds(step: () => Promise<unknown>): Promise<unknown> {
  for (;;) {
    const scope = new CancellationScope();
    let hurried = false;
    const began = Date.now();
    const deaf = whenHeard(() => {
      // Before that it is hardly waiting, but at work: news of a webhook must not disturb it.
      if (Date.now() - began < WAITS_FROM_MS) return;
      hurried = true;
      scope.cancel();
    });
    try {
      return await scope.run(step);
    } catch (error) {
      // An attempt that is under way is awaited, so there are never two.
      if (!hurried || isFinal(error) || CancellationScope.current().consideredCancelled)
        throw error;
    } finally {
      deaf();
    }
  }
}

const isFinal = (error: unknown): boolean =>
  error instanceof ActivityFailure && error.retryState === 'NON_RETRYABLE_FAILURE';

const isEnded = (error: unknown): boolean =>
  error instanceof ActivityFailure &&
  error.cause instanceof ApplicationFailure &&
  error.cause.type === STEP_ENDED;
