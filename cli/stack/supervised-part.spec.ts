import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Part } from './part.ts';
import { isAlive } from './process-identity.ts';
import { SupervisedPart } from './supervised-part.ts';

// Real processes: small scripts for Node that write a file when they are ready.
const WELL = `require('fs').writeFileSync(process.env.READY, ''); setInterval(() => {}, 1000);`;
const BROKEN = `console.log('no such port'); process.exit(3);`;
const DEAF = `process.on('SIGTERM', () => {}); ${WELL}`;

let folder: string;
let said: string[];
let supervised: SupervisedPart | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gavel-part-'));
  said = [];
});
afterEach(async () => {
  await supervised?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a part under supervision', () => {
  it('is ready once started, and gone once stopped', async () => {
    supervised = supervise(WELL);
    await supervised.start();
    const { identity } = supervised;
    expect(isAlive(identity)).toBe(true);

    await supervised.stop();
    expect(isAlive(identity)).toBe(false);
    expect(supervised.status).toBe('stopped');
  });

  it('is started again when it dies, and says so', async () => {
    supervised = supervise(WELL);
    await supervised.start();
    const before = supervised.identity;

    await supervised.kill();
    await supervised.whenReady();

    expect(supervised.identity?.pid).not.toBe(before?.pid);
    expect(said).toEqual([expect.stringMatching(/^A thing has ended \(SIGKILL\); starting it/)]);
  });

  it('stays stopped, also when it had just died', async () => {
    supervised = supervise(WELL);
    await supervised.start();
    await supervised.kill();
    await supervised.stop();
    expect(supervised.status).toBe('stopped');
    expect(supervised.identity).toBeUndefined();
  });

  it('is given up with the end of its log when it cannot start at all', async () => {
    supervised = supervise(BROKEN);
    await expect(supervised.start()).rejects.toThrow(
      /A thing could not be started[^]*no such port/,
    );
  });

  it('is ended by force when it does not listen', async () => {
    supervised = supervise(DEAF);
    await supervised.start();
    const { identity } = supervised;
    await supervised.stop();
    expect(isAlive(identity)).toBe(false);
  });
});

function supervise(script: string): SupervisedPart {
  const ready = join(folder, 'ready');
  const part: Part = {
    name: 'api',
    title: 'A thing',
    address: 'nowhere',
    command: [process.execPath, '-e', script],
    environment: { READY: ready },
    prepare: async () => rmSync(ready, { force: true }),
    isReady: async () => existsSync(ready) && readFileSync(ready, 'utf8') === '',
  };
  return new SupervisedPart(part, {
    log: join(folder, 'thing.log'),
    environment: process.env,
    say: (line) => said.push(line),
    stopPatienceMs: 500,
  });
}
