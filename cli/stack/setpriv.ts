import { spawnSync } from 'node:child_process';

let found: boolean | undefined;

/** util-linux's setpriv, which every Debian has. */
export function setprivIsAvailable(): boolean {
  found ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;
  return found;
}

/** Lets the kernel end the process when the supervisor is gone, however that ended. */
export function endingWithUs(
  command: readonly string[],
  signal: NodeJS.Signals,
): readonly string[] {
  if (!setprivIsAvailable()) return command;
  return ['setpriv', '--pdeathsig', signal.replace('SIG', ''), '--', ...command];
}
