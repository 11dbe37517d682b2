import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { inject, vi } from 'vitest';
import { openLanePool } from '../../src/database/lanes/lane-pool.ts';
import { createDatabase } from '../../src/database/data-source.ts';
import { migrate } from '../../src/database/migrate.ts';
import { surviveLosses } from '../../src/database/survive-losses.ts';

export interface TestDatabase {
  readonly url: string;
  readonly database: DataSource;
  readonly pool: pg.Pool;
  /** The pool of a process's bid lane, as the API has it. */
  openLanePool(): pg.Pool;
  /** A further pool, closed together with the database. */
  openPool(): pg.Pool;
  drop(): Promise<void>;
}

/**
 * A migrated database of one's own on the server that all tests share. Drop it at the end.
 * `prepare` is SQL to be run before anything else, when the database is still empty.
 */
export async function createTestDatabase(
  prepare?: (name: string) => string,
): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await onServer(`CREATE DATABASE ${name}`);
  const url = new URL(inject('databaseUrl'));
  url.pathname = name;
  if (prepare) await onServer(prepare(name), url.href);
  const database = await createDatabase({ url: url.href, poolSize: 8 }).initialize();
  await migrate(database);

  const pools: pg.Pool[] = [];
  const keep = (pool: pg.Pool) => {
    pools.push(pool);
    return pool;
  };
  const openPool = () => keep(surviveLosses(new pg.Pool({ connectionString: url.href, max: 4 })));
  return {
    url: url.href,
    database,
    pool: openPool(),
    openLanePool: () => keep(openLanePool(url.href)),
    openPool,
    async drop() {
      await Promise.all([database.destroy(), ...pools.map((pool) => pool.end())]);
      // The pools are closed before the server has noticed; cut off, their connections would complain.
      await vi.waitFor(() => onServer(`DROP DATABASE ${name}`), { timeout: 20_000 });
    },
  };
}

/** Until a statement in the pool's database waits for a lock. */
export const someoneWaitsForALock = (pool: pg.Pool): Promise<void> =>
  vi.waitFor(async () => {
    const { rows: waiting } = await pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (waiting.length === 0) throw new Error('nobody waits for a lock');
  });

async function onServer(statement: string, url = inject('databaseUrl')): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
