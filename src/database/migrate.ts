import type { DataSource, EntityManager } from 'typeorm';
import { LIFECYCLES } from '../domain/lifecycle/index.ts';
import { STANDARD_POLICIES } from '../domain/policy/policy.ts';

/** Several processes may start at once: one migrates, the others wait for it. */
const MIGRATION_LOCK = 4_711;

/** Brings the schema, the lifecycle tables and the standard policies up to date. Safe to repeat. */
export async function migrate(database: DataSource): Promise<void> {
  const lock = database.createQueryRunner();
  await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  try {
    await database.runMigrations({ transaction: 'each' });
    await database.transaction(async (tx) => {
      await writeLifecycles(tx);
      await writeStandardPolicies(tx);
    });
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    await lock.release();
  }
}

/** The database's guard reads the same tables as TypeScript's: they are written from them here. */
async function writeLifecycles(tx: EntityManager): Promise<void> {
  const edges = Object.values(LIFECYCLES).flatMap(({ name, edges }) =>
    edges.flatMap(({ event, from, to, by }) =>
      from.map((from_state) => ({ lifecycle: name, from_state, event, to_state: to, actors: by })),
    ),
  );
  await tx.query('DELETE FROM lifecycle_edge');
  await tx.query(
    `INSERT INTO lifecycle SELECT * FROM jsonb_to_recordset($1) AS given (name text, initial text)
     ON CONFLICT (name) DO UPDATE SET initial = EXCLUDED.initial`,
    [JSON.stringify(Object.values(LIFECYCLES))],
  );
  await tx.query(
    `INSERT INTO lifecycle_edge
     SELECT * FROM jsonb_to_recordset($1)
       AS given (lifecycle text, from_state text, event text, to_state text, actors text[])`,
    [JSON.stringify(edges)],
  );
}

async function writeStandardPolicies(tx: EntityManager): Promise<void> {
  for (const [name, policy] of Object.entries(STANDARD_POLICIES)) {
    await tx.query(
      `INSERT INTO policy (name, version, document, created_by) VALUES ($1, 1, $2, 'gavel')
       ON CONFLICT DO NOTHING`,
      [name, JSON.stringify(policy)],
    );
  }
}
