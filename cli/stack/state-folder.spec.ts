import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Held } from './held.ts';
import { releaseLock, takeLock } from './lock.ts';
import { keptDevelopmentKey, keptSecrets } from './secrets.ts';
import { StateFolder } from './state-folder.ts';

let path: string;
beforeEach(() => (path = mkdtempSync(join(tmpdir(), 'gavel-state-'))));
afterEach(() => rmSync(path, { recursive: true, force: true }));

describe('the folder of the state', () => {
  it("is not made of, and never cleared of, somebody else's files", () => {
    writeFileSync(join(path, 'thesis.tex'), 'years of work');
    expect(() => StateFolder.open(path)).toThrow(/files that are not Gavel's/);
    expect(existsSync(join(path, 'thesis.tex'))).toBe(true);
  });

  it('is cleared of everything but the lock and its mark', () => {
    const state = StateFolder.open(path);
    takeLock(state);
    keptSecrets(state);
    state.folder('postgres');
    state.clear();
    expect(readdirSync(path).toSorted()).toEqual(['.gavel-state', 'held', 'lock', 'logs']);
  });

  it('keeps its secrets and its key over a restart, for the owner alone', async () => {
    const first = keptSecrets(StateFolder.open(path));
    const key = await keptDevelopmentKey(StateFolder.open(path));
    expect(keptSecrets(StateFolder.open(path))).toEqual(first);
    for (const file of [join(path, 'secrets.json'), key])
      expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('and all that is in it are for the owner alone, though they had been for everybody', () => {
    mkdirSync(join(path, 'logs'), { mode: 0o755 });
    writeFileSync(join(path, '.gavel-state'), '');
    const state = StateFolder.open(path);
    takeLock(state);
    writeFileSync(state.file('temporal.db'), 'kept', { mode: 0o644 });
    expect(readFileSync(state.database('temporal'), 'utf8')).toBe('kept');
    state.folder('paypal');
    const modes = readdirSync(path).map((name) => [name, statSync(join(path, name)).mode & 0o077]);
    expect(modes.filter(([name, mode]) => mode !== 0 && name !== '.gavel-state')).toEqual([]);
    // As root we run PostgreSQL as somebody else, who passes through and cannot look around.
    expect(statSync(path).mode & 0o777).toBe(process.getuid!() === 0 ? 0o711 : 0o700);
  });

  it('makes no database in place of the part whose it is', () => {
    expect(existsSync(StateFolder.open(path).database('temporal'))).toBe(false);
  });

  it('has one supervisor at a time, and outlives one that was killed', () => {
    const state = StateFolder.open(path);
    expect(takeLock(state)).toBe(true);
    expect(takeLock(state)).toBe(false);
    releaseLock(state);

    writeFileSync(state.file('lock'), JSON.stringify({ pid: process.pid, started: 'long ago' }));
    expect(takeLock(state)).toBe(true);
  });

  it('remembers which parts are held', () => {
    const held = new Held(StateFolder.open(path));
    held.add('worker');
    expect([held.has('worker'), held.has('api')]).toEqual([true, false]);
    held.clear();
    expect(held.has('worker')).toBe(false);
  });
});
