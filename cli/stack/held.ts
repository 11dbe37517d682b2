import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isPartName, type PartName } from './part.ts';
import type { StateFolder } from './state-folder.ts';

/**
 * Parts that a person has stopped and that stay so until started: one empty file each. Files, so
 * that `bin/gavel stop` can say it to a supervisor in another process.
 */
export class Held {
  private readonly folder: string;

  constructor(state: StateFolder) {
    this.folder = state.file('held');
  }

  has(name: PartName): boolean {
    return existsSync(join(this.folder, name));
  }

  add(name: PartName): void {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, name), '');
  }

  remove(name: PartName): void {
    rmSync(join(this.folder, name), { force: true });
  }

  clear(): void {
    for (const name of readdirSync(this.folder).filter(isPartName)) this.remove(name);
  }
}
