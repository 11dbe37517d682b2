import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startStack } from '../../cli/stack/stack.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A superuser's connection to an empty database, so that tests can make their own. */
    databaseUrl: string;
    temporalAddress: string;
    azureStorageConnectionString: string;
  }
}

/** PostgreSQL, Temporal and Blob storage for all integration tests, started once, on free ports. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  // Tests never touch what the environment points to.
  for (const name of ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'AZURE_STORAGE_CONNECTION_STRING'])
    delete process.env[name];

  const state = await mkdtemp(join(tmpdir(), 'gavel-test-'));
  const stack = await startStack({
    state,
    only: ['postgres', 'temporal', 'azurite'],
    ports: 'free',
    migrate: false,
    temporalInMemory: true,
    // Tests kill processes, not machines: what the system has taken over counts as written.
    settingsOfPostgres: ['fsync=off', 'full_page_writes=off'],
    say: (line) => console.error(line),
  });
  const { environment } = stack;
  project.provide('databaseUrl', environment.DATABASE_URL!);
  project.provide('temporalAddress', environment.TEMPORAL_ADDRESS!);
  project.provide('azureStorageConnectionString', environment.AZURE_STORAGE_CONNECTION_STRING!);

  return async () => {
    await stack.stop();
    await rm(state, { recursive: true, force: true });
  };
}
