import { pino, type Logger } from 'pino';
import type { Settings } from './settings.ts';

/** JSON lines on standard output. What could carry a secret is cut out, whoever logs it. */
export const createLog = (settings: Pick<Settings, 'LOG_LEVEL'>, processName: string): Logger =>
  pino({
    name: `gavel-${processName}`,
    level: settings.LOG_LEVEL,
    redact: {
      paths: [
        'req.headers.authorization',
        'headers.authorization',
        'err.config',
        'err.request',
        'err.response',
        '*.password',
        '*.secret',
      ],
      remove: true,
    },
  });

/** Calls `stop` at the first SIGINT or SIGTERM; a second ends the process at once. */
export function stopOnSignal(stop: () => void): void {
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(1);
      asked = true;
      stop();
    });
  }
}
