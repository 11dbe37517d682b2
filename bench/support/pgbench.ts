import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { House } from './house.ts';
import type { Load } from './load.ts';
import { onOneCore } from './one-core.ts';
import { obtainPgbench } from './obtain-pgbench.ts';
import { median, p99 } from './samples.ts';

const run = promisify(execFile);

/** It counts at the best of these. */
export const CLIENTS = [1, 2, 4, 8];

export interface PgbenchOptions {
  /** What one transaction is. */
  readonly script: string;
  readonly clients: number;
  readonly seconds: number;
  /** Writing every latency to a file costs a little, so it is done only where they are wanted. */
  readonly latencies?: boolean;
  /** As the load that it is compared with. */
  readonly onOneCore?: boolean;
}

/** pgbench running a script again and again. */
export async function pgbench(house: House, options: PgbenchOptions): Promise<Load> {
  const program = await obtainPgbench();
  const database = new URL(house.databaseUrl);
  const password = decodeURIComponent(database.password);
  database.password = ''; // It goes by the environment: an error shows the command.
  const folder = await mkdtemp(join(house.folder, 'pgbench-'));
  try {
    const script = join(folder, 'script.sql');
    await writeFile(script, options.script);
    const given = [
      ...['--no-vacuum', '--protocol=prepared', `--file=${script}`],
      ...[`--client=${options.clients}`, `--time=${options.seconds}`],
      `--jobs=${options.onOneCore ? 1 : Math.min(options.clients, availableParallelism())}`,
      ...(options.latencies ? ['--log'] : []),
      database.href,
    ];
    const environment = { ...process.env, ...program.environment, PGPASSWORD: password };
    const command: [string, string[]] = options.onOneCore
      ? await onOneCore(program.path, given)
      : [program.path, given];
    const { stdout } = await run(...command, { cwd: folder, env: environment });
    const latenciesMs = options.latencies ? await readLatencies(folder) : [];
    const processed = figure(stdout, /actually processed: (\d+)/);
    return {
      perSecond: figure(stdout, /^tps = ([\d.]+)/m),
      p50Ms: median(latenciesMs),
      p99Ms: p99(latenciesMs),
      accepted: processed,
      answered: processed,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function figure(output: string, pattern: RegExp): number {
  const text = pattern.exec(output)?.[1];
  if (text === undefined) throw new Error(`pgbench did not say ${pattern.source}:\n${output}`);
  return Number(text);
}

/** One line per transaction: client, number, microseconds, and more. */
async function readLatencies(folder: string): Promise<number[]> {
  const logs = (await readdir(folder)).filter((name) => name.startsWith('pgbench_log.'));
  const texts = await Promise.all(logs.map((name) => readFile(join(folder, name), 'utf8')));
  return texts
    .flatMap((text) => text.trimEnd().split('\n'))
    .map((line) => Number(line.split(' ')[2]) / 1_000);
}
