import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/database/lanes/statements.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;
let client: pg.PoolClient;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());
beforeEach(async () => {
  client = await test.openLanePool().connect();
});
afterEach(() => client.release());

const BEGIN = { name: 'begin', text: 'BEGIN' };
const ROLLBACK = { name: 'rollback', text: 'ROLLBACK' };
const DIVIDE = { name: 'divide', text: 'SELECT 6 / $1::int, NULL, $2::text' };
const divide = (by: string) => ({ ...DIVIDE, values: [by, 'Zoë'] });
const TWO = { name: 'two rows', text: 'VALUES (1), (2)' };

describe('statements that are sent as one piece', () => {
  it('are done in order, and each has its own rows', async () => {
    const statements = [BEGIN, divide('2'), TWO, divide('3'), ROLLBACK];

    const found = [[], [['3', null, 'Zoë']], [['1'], ['2']], [['2', null, 'Zoë']], []];
    expect(await run(client, statements)).toEqual(found);
    expect(await run(client, statements)).toEqual(found);
  });

  it('end with the first that fails, which leaves its transaction failed', async () => {
    await expect(run(client, [BEGIN, divide('0'), TWO])).rejects.toMatchObject({ code: '22012' });
    await expect(run(client, [TWO])).rejects.toMatchObject({ code: '25P02' });
    await run(client, [ROLLBACK]);
  });

  it('can be prepared after they have failed, whether or not they were', async () => {
    await expect(run(client, [divide('0'), TWO])).rejects.toMatchObject({ code: '22012' });

    expect(await run(client, [divide('2'), TWO])).toEqual([[['3', null, 'Zoë']], [['1'], ['2']]]);
  });

  it('and queries of pg itself take turns on a connection', async () => {
    const [, divided] = await run(client, [BEGIN, divide('2')]);
    const { rows } = await client.query<{ n: number }>('SELECT 7 AS n');
    const [two] = await run(client, [TWO, ROLLBACK]);

    expect(divided).toEqual([['3', null, 'Zoë']]);
    expect(rows).toEqual([{ n: 7 }]);
    expect(two).toEqual([['1'], ['2']]);
  });

  it('fail when the connection is lost', async () => {
    client.on('error', () => undefined);
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const lost = expect(
      run(client, [{ name: 'slow', text: 'SELECT pg_sleep(60)' }]),
    ).rejects.toThrow('terminating connection');

    await test.pool.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);

    await lost;
  });
});
