import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Keeps this process, and what it starts meanwhile, to the last core. Bidders come from other machines:
 * a load generator that is woken on the core of what it measures pushes it aside, while another core
 * idles. So in the bids' benchmark the load over HTTP and pgbench both run like this, where there is a
 * taskset. Calls do not overlap.
 */
export async function onOneCore<T>(work: () => Promise<T>): Promise<T> {
  const cores = await allowedCores();
  const last = /\d+$/.exec(cores ?? '')?.[0];
  if (cores === undefined || last === undefined || !(await keepTo(last))) return work();
  try {
    return await work();
  } finally {
    if (!(await keepTo(cores))) throw new Error(`The benchmark cannot leave core ${last} again.`);
  }
}

/** For whoever reads the figures. */
export const whereLoadRuns = () =>
  onOneCore(allowedCores).then((cores) => `load over HTTP and pgbench on core ${cores ?? 'any'}`);

/** As Linux writes them: 0-1. */
const allowedCores = () =>
  readFile('/proc/self/status', 'utf8').then(
    (status) => /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1],
    () => undefined,
  );

const keepTo = (cores: string): Promise<boolean> =>
  run('taskset', ['--all-tasks', '--pid', '--cpu-list', cores, String(process.pid)]).then(
    () => true,
    () => false,
  );
