import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './folders.ts';
import { StackError, type Part } from './part.ts';
import { answers } from './wait.ts';

interface TemporalOptions {
  readonly port: number;
  readonly httpPort: number;
  /** Without one there is no web page. */
  readonly uiPort?: number;
  /** Without one everything is kept in memory. */
  readonly databaseFile?: string;
}

/** Temporal's development server: one process, one SQLite file. */
export function temporalPart(options: TemporalOptions): Part {
  const { port, httpPort, uiPort, databaseFile } = options;
  const namespace = `http://127.0.0.1:${httpPort}/api/v1/namespaces/default`;

  return {
    name: 'temporal',
    title: 'Temporal',
    address: `127.0.0.1:${port}`,
    command: [findTemporal(), 'server', 'start-dev', ...flags()],
    isReady: () => answers(namespace),
  };

  function flags(): string[] {
    return [
      ...['--ip', '127.0.0.1', '--port', String(port), '--http-port', String(httpPort)],
      ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
      ...(databaseFile === undefined ? [] : ['--db-filename', databaseFile, ...PRAGMAS]),
      ...['--log-level', 'warn', '--color', 'never'],
    ];
  }
}

// Twice the speed of NORMAL. What a killed process has written is kept; only the machine itself
// failing could lose it, and this server is not for production.
const PRAGMAS = ['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=OFF'];

export const TEMPORAL_VERSION = '1.5.1';
const OLDEST_TEMPORAL = [1, 5] as const;

/** The same places in the same order as bin/support/obtain-temporal, which does the obtaining. */
export function findTemporal(environment: NodeJS.ProcessEnv = process.env): string {
  if (isNewEnough('temporal')) return 'temporal';
  const cached = join(cacheFolder(environment), `temporal-v${TEMPORAL_VERSION}`);
  if (existsSync(cached)) return cached;
  throw new StackError('The Temporal server is not there yet. Run bin/setup, which obtains it.');
}

function isNewEnough(command: string): boolean {
  try {
    const output = execFileSync(command, ['--version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return isVersionNewEnough(output);
  } catch {
    return false;
  }
}

/** A build of one's own calls itself 0.0.0-DEV, and is taken at its owner's word. */
export function isVersionNewEnough(output: string): boolean {
  const [, major, minor] = /version v?(\d+)\.(\d+)/.exec(output) ?? [];
  if (major === undefined || minor === undefined) return false;
  if (output.includes('0.0.0-DEV')) return true;
  const [oldestMajor, oldestMinor] = OLDEST_TEMPORAL;
  return (
    Number(major) > oldestMajor || (Number(major) === oldestMajor && Number(minor) >= oldestMinor)
  );
}
