import { DefaultLogger, makeTelemetryFilterString, type RuntimeOptions } from '@temporalio/worker';
import type { Logger } from 'pino';

const LEVELS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'debug',
  WARN: 'warn',
  ERROR: 'error',
} as const;

/** Temporal's own messages in our log; its chatter at info is our debug. */
export const temporalLogger = (log: Logger): DefaultLogger =>
  new DefaultLogger('INFO', ({ level, message, meta }) => log[LEVELS[level]](meta ?? {}, message));

/** What the SDK's native part says goes to our log, too: by itself it would print coloured text. */
export const temporalRuntime = (log: Logger): RuntimeOptions => ({
  logger: temporalLogger(log),
  telemetryOptions: {
    logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
  },
});
