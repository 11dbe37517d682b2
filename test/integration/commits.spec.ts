import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommittingClient, RolledBack } from '../../src/database/committing-client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
  await test.pool.query('CREATE TABLE kept (n int)');
});
afterAll(() => test.drop());

const kept = async () => (await test.pool.query('SELECT n FROM kept ORDER BY n')).rows;

describe('a transaction', () => {
  it('in which a statement has failed unheard is not taken for committed', async () => {
    const writing = test.database.transaction(async (tx) => {
      await tx.query('INSERT INTO kept VALUES (1)');
      await tx.query('SELECT 1 / 0').catch(() => undefined);
    });
    await expect(writing).rejects.toMatchObject({ driverError: expect.any(RolledBack) as object });
    expect(await kept()).toEqual([]);
  });

  it('is committed as before, and the connection serves on', async () => {
    await test.database.transaction((tx) => tx.query('INSERT INTO kept VALUES (2)'));
    expect(await kept()).toEqual([{ n: 2 }]);
  });

  it('of a pool of pg’s own is seen to be committed, too', async () => {
    const pool = new pg.Pool({ ...test.pool.options, Client: CommittingClient });
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 / 0').catch(() => undefined);
    await expect(client.query('COMMIT')).rejects.toThrow(RolledBack);
    await client.query('BEGIN');
    expect(await client.query('COMMIT')).toMatchObject({ command: 'COMMIT' });
    client.release();
    await pool.end();
  });
});
