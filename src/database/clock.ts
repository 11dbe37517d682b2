import type { DataSource, EntityManager } from 'typeorm';

/** The database's clock is the only one that decides: processes may disagree about the time. */
export async function databaseNow(database: EntityManager | DataSource): Promise<Date> {
  const [{ now }] = await database.query<[{ now: Date }]>('SELECT clock_timestamp() AS now');
  return now;
}
