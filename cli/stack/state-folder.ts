import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { StackError } from './part.ts';

/** Written first, and looked for before anything is cleared. */
const MARKER = '.gavel-state';

export class StateFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static open(path: string): StateFolder {
    const folder = new StateFolder(resolve(path));
    if (existsSync(folder.path)) folder.refuseForeign();
    mkdirSync(folder.path, { recursive: true });
    // PostgreSQL runs as another user when we are root, and must be able to pass through.
    chmodSync(folder.path, process.getuid?.() === 0 ? 0o711 : 0o700);
    const marker = 'The state of a Gavel stack; safe to delete.\n';
    writeFileSync(join(folder.path, MARKER), marker, { mode: 0o600 });
    for (const name of ['logs', 'held']) folder.folder(name);
    return folder;
  }

  /** Undefined when nothing was ever started there. */
  static existing(path: string): StateFolder | undefined {
    return existsSync(join(path, MARKER)) ? new StateFolder(resolve(path)) : undefined;
  }

  /** Clears everything but the marker and the lock, which the one who clears is holding. */
  clear(): void {
    this.refuseForeign();
    for (const name of readdirSync(this.path))
      if (name !== 'lock' && name !== MARKER)
        rmSync(join(this.path, name), { recursive: true, force: true });
    StateFolder.open(this.path);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  /** SQLite's, in a folder of its own: a part makes it for everybody to read, and must find none or a whole one. */
  database(name: string): string {
    const path = join(this.folder(name), `${name}.db`);
    // Where earlier versions kept it.
    for (const file of [`${name}.db`, `${name}.db-wal`, `${name}.db-shm`]) {
      if (existsSync(this.file(file))) renameSync(this.file(file), join(this.path, name, file));
    }
    return path;
  }

  /** For the owner alone, and with it all that is in it: logs, databases, keys. */
  folder(name: string): string {
    const path = join(this.path, name);
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o700);
    return path;
  }

  log(name: string): string {
    return join(this.path, 'logs', `${name}.log`);
  }

  private refuseForeign(): void {
    const names = readdirSync(this.path);
    if (names.length === 0 || names.includes(MARKER)) return;
    throw new StackError(
      `${this.path} holds files that are not Gavel's. ` +
        'Set GAVEL_STATE to an empty or a new folder.',
    );
  }
}
