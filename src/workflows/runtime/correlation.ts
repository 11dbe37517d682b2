import { type Headers, type WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { CORRELATION_HEADER } from '../messages.ts';

/** Hands the correlation id that a workflow was started with on to its activities and children. */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let given: Headers = {};
  const handOn = <Input extends { headers: Headers }>(input: Input): Input => ({
    ...input,
    headers: { ...input.headers, ...given },
  });

  return {
    inbound: [
      {
        execute(input, next) {
          const correlation = input.headers[CORRELATION_HEADER];
          if (correlation) given = { [CORRELATION_HEADER]: correlation };
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(handOn(input)),
        scheduleLocalActivity: (input, next) => next(handOn(input)),
        startChildWorkflowExecution: (input, next) => next(handOn(input)),
        continueAsNew: (input, next) => next(handOn(input)),
      },
    ],
  };
};
