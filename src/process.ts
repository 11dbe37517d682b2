import { pino, type DestinationStream, type Logger } from 'pino';
import { SettingsError, type Settings } from './settings.ts';

/** JSON lines on standard output. What could carry a secret is cut out, whoever logs it. */
export const createLog = (
  settings: Pick<Settings, 'LOG_LEVEL'>,
  processName: string,
  destination?: DestinationStream,
): Logger =>
  pino(
    {
      name: `gavel-${processName}`,
      level: settings.LOG_LEVEL,
      serializers: { error: pino.stdSerializers.err }, // Temporal's word for it; pino's own is err.
      redact: {
        paths: [
          'req.headers.authorization',
          'headers.authorization',
          ...['err', 'error'].flatMap((error) =>
            SECRETS_OF_ERRORS.map((part) => `${error}.${part}`),
          ),
          '*.password',
          '*.secret',
        ],
        remove: true,
      },
    },
    destination,
  );

/** Of a request to PayPal the headers; of a statement the values, which a refused row repeats. */
const SECRETS_OF_ERRORS = ['config', 'request', 'response', 'parameters', 'detail', 'driverError'];

/**
 * Calls `stop` at the first SIGINT or SIGTERM; a second ends the process at once. Not by process.exit(),
 * which can wait for ever on a busy process (github.com/nodejs/node/issues/64274).
 */
export function stopOnSignal(stop: () => void): void {
  let asked = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (asked) {
        process.kill(process.pid, 'SIGKILL');
        process.exit(1); // The first process of a container cannot kill itself.
      }
      asked = true;
      stop();
    });
  }
}

/** Runs the start of a process; a wrong setting ends it with a sentence instead of a stack trace. */
export function settingsOrExit<Read>(read: () => Read): Read {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    console.error(error.message);
    process.exit(2);
  }
}
