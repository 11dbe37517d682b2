import { closeSync, fdatasyncSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../cli/stack/folders.ts';
import type { Bench } from './bench.ts';

const FSYNC_MS = 1_000;

/** What the figures depend on, in one line. */
export async function describeMachine({
  pool,
  house,
}: Pick<Bench, 'pool' | 'house'>): Promise<string> {
  const { rows } = await pool.query<Record<'version' | 'fsync' | 'commit', string>>(
    `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
            current_setting('synchronous_commit') AS commit`,
  );
  const { version, fsync, commit } = rows[0]!;
  return [
    `${availableParallelism()} cores`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${version} (fsync ${fsync}, synchronous_commit ${commit})`,
    `NestJS ${nestVersion()}`,
    `${fsyncsPerSecond(house.folder)} fdatasync/s of 8 KiB`,
    `load average ${loadavg()[0]!.toFixed(1)} before`,
  ].join(', ');
}

function nestVersion(): string {
  const manifest = join(ROOT, 'node_modules/@nestjs/core/package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/** As PostgreSQL writes its log: the same block again and again, each time to the disk. */
function fsyncsPerSecond(folder: string): number {
  const path = join(folder, 'fsync');
  const file = openSync(path, 'w');
  const block = Buffer.alloc(8_192);
  let count = 0;
  const began = performance.now();
  while (performance.now() - began < FSYNC_MS) {
    writeSync(file, block, 0, block.length, 0);
    fdatasyncSync(file);
    count += 1;
  }
  closeSync(file);
  unlinkSync(path);
  return Math.round(count / ((performance.now() - began) / 1_000));
}
