import { readFileSync } from 'node:fs';
import { UsageError } from '../commands/fail.ts';

/** A file that somebody has named on the command line. */
export function readTextFile(path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(`${path} is not a text in UTF-8.`);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new UsageError(`There is no file ${path}.`);
    throw new UsageError(`${path} cannot be read: ${(error as Error).message}.`);
  }
}
