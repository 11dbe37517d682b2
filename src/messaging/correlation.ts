import { AsyncLocalStorage } from 'node:async_hooks';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { CORRELATION_HEADER } from '../workflows/messages.ts';

const current = new AsyncLocalStorage<string | null>();

/** Workflows started within `run` carry this correlation id. */
export const withCorrelation = <T>(correlationId: string | null, run: () => Promise<T>) =>
  current.run(correlationId, run);

/** Puts the correlation id into the header of every workflow that is started. */
export const correlationInterceptor: WorkflowClientInterceptor = {
  start(input, next) {
    const correlationId = current.getStore();
    if (!correlationId) return next(input);
    const header = { [CORRELATION_HEADER]: defaultPayloadConverter.toPayload(correlationId) };
    return next({ ...input, headers: { ...input.headers, ...header } });
  },
};
