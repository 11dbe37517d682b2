import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * A command and its arguments, so that it keeps to the last core. Bidders come from other machines: a
 * load generator that is woken on the core of what it measures pushes it aside, while another core
 * idles. So in the bids' benchmark the load over HTTP and pgbench both run like this, where there is a
 * taskset.
 */
export async function onOneCore(
  command: string,
  given: readonly string[],
): Promise<[string, string[]]> {
  const core = await coreOfLoad();
  return core ? ['taskset', ['--cpu-list', core, command, ...given]] : [command, [...given]];
}

/** For whoever reads the figures. */
export const whereLoadRuns = async () =>
  `load over HTTP and pgbench on core ${(await coreOfLoad()) ?? 'any'}`;

let found: Promise<string | undefined> | undefined;
const coreOfLoad = () => (found ??= findCore());

async function findCore(): Promise<string | undefined> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const cores = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? ''; // As in 0-1.
  const last = /\d+$/.exec(cores)?.[0];
  return last && (await isKeptTo(last)) ? last : undefined;
}

const isKeptTo = (core: string): Promise<boolean> =>
  run('taskset', ['--cpu-list', core, 'true']).then(
    () => true,
    () => false,
  );
