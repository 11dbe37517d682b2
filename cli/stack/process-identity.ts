import { readFileSync } from 'node:fs';
import { until } from './wait.ts';

/** A process for certain: numbers are used again, the time of the start tells two owners apart. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Of this boot, in clock ticks since it. */
  readonly started: string;
}

export function identify(pid: number): ProcessIdentity | undefined {
  const started = startOf(pid);
  return started === undefined ? undefined : { pid, started };
}

export function isAlive(identity: ProcessIdentity | undefined): boolean {
  return identity !== undefined && startOf(identity.pid) === identity.started;
}

/** Asks it to end, and ends it when it has not done so in time. Leaves other processes alone. */
export async function endProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  patienceMs: number,
): Promise<void> {
  send(identity, signal);
  if (await until(() => !isAlive(identity), patienceMs)) return;
  send(identity, 'SIGKILL');
  await until(() => !isAlive(identity), patienceMs);
}

export function send(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(identity.pid, signal);
  } catch (fault) {
    // It may have ended between the look and the signal.
    if ((fault as NodeJS.ErrnoException).code !== 'ESRCH') throw fault;
  }
}

/** Undefined for a process that is gone, or dead and waiting for its parent to notice. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may hold anything; the fields are counted from behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, started] = [fields[0], fields[19]];
    return state === 'Z' || state === 'X' ? undefined : `${BOOT}-${started}`;
  } catch {
    return undefined;
  }
}

const BOOT = bootId();

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim().slice(0, 8);
  } catch {
    return 'unknown';
  }
}

/** True when the command line of the process names the file or folder. */
export function isCommandOf(pid: number, path: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(path);
  } catch {
    return false;
  }
}
