import { AsyncLocalStorage } from 'node:async_hooks';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  Next,
} from '@temporalio/worker';
import { CORRELATION_HEADER } from '../../workflows/messages.ts';

const current = new AsyncLocalStorage<string | undefined>();

/** The correlation id of the request in whose course the running activity was started. */
export const correlationHere = (): string | undefined => current.getStore();

/** Takes the correlation id that a workflow hands on out of the activity's header. */
export class CorrelationActivityInterceptor implements ActivityInboundCallsInterceptor {
  async execute(
    input: ActivityExecuteInput,
    next: Next<ActivityInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    const header = input.headers[CORRELATION_HEADER] as Payload | undefined;
    const correlationId = header && defaultPayloadConverter.fromPayload<string>(header);
    return current.run(correlationId, () => next(input));
  }
}
