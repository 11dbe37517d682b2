import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
import type { StateFolder } from './state-folder.ts';

/** One supervisor per folder of state. False when another one lives; a dead one's lock is taken. */
export function takeLock(state: StateFolder): boolean {
  const file = state.file('lock');
  const ours = JSON.stringify(identify(process.pid) ?? { pid: process.pid, started: '' });
  try {
    writeFileSync(file, ours, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault;
  }
  if (isAlive(holder(file))) return false;
  rmSync(file, { force: true });
  return takeLock(state);
}

export function releaseLock(state: StateFolder): void {
  rmSync(state.file('lock'), { force: true });
}

function holder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
