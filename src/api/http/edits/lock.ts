import type { EntityManager } from 'typeorm';

/** Of two who write the same thing, even one that is not there yet, one waits for the other. */
export async function lockThing(tx: EntityManager, kind: string, id: string): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${kind}:${id}`]);
}
