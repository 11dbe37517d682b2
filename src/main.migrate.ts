import { createDatabase } from './database/data-source.ts';
import { migrate } from './database/migrate.ts';

/** Brings the database up to date and ends: run before the API and the worker start. */
const url = process.env.DATABASE_URL;
if (!url) {
  console.error('DATABASE_URL is missing: set it to postgresql://user:password@host:5432/gavel.');
  process.exit(2);
}
const database = await createDatabase({ url, poolSize: 2 }).initialize();
await migrate(database);
await database.destroy();
