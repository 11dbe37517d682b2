import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json, found from the sources as well as from dist/. */
export const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

/** What was obtained for this machine, shared by all copies of the repository. */
export function cacheFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const caches = environment.XDG_CACHE_HOME || join(homedir(), '.cache');
  return environment.GAVEL_CACHE || join(caches, 'gavel');
}

/** Where the parts keep their data, by default .gavel/ at the root of the repository. */
export function stateFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.GAVEL_STATE || join(ROOT, '.gavel');
}

export function built(entry: string): string {
  return join(ROOT, 'dist', entry);
}

function findRoot(folder: string): string {
  const manifest = join(folder, 'package.json');
  if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes('"name": "gavel"'))
    return folder;
  if (dirname(folder) === folder) throw new Error('package.json of Gavel was not found.');
  return findRoot(dirname(folder));
}
