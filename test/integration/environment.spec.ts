import { BlobServiceClient } from '@azure/storage-blob';
import { Connection } from '@temporalio/client';
import pg from 'pg';
import { describe, expect, inject, it } from 'vitest';

// When this fails, the tests beside it say nothing about Gavel.
describe('the servers that integration tests share', () => {
  it('have a PostgreSQL in which tests can make their own databases', async () => {
    const client = new pg.Client({ connectionString: inject('databaseUrl') });
    await client.connect();
    await client.query('CREATE DATABASE environment_spec');
    await client.query('DROP DATABASE environment_spec');
    await client.end();
  });

  it('have a Temporal with the default namespace', async () => {
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    const found = await connection.workflowService.describeNamespace({ namespace: 'default' });
    await connection.close();
    expect(found.namespaceInfo?.name).toBe('default');
  });

  it('have a Blob storage', async () => {
    const blob = BlobServiceClient.fromConnectionString(inject('azureStorageConnectionString'));
    const container = blob.getContainerClient('environment-spec');
    await container.create();
    expect(await container.exists()).toBe(true);
  });
});
