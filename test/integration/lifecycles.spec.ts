import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changeState, ChangeRefused } from '../../src/database/change-state.ts';
import { LIFECYCLES, type SubjectKind } from '../../src/domain/lifecycle/index.ts';
import { moveFor, type ActorKind, type Lifecycle } from '../../src/domain/lifecycle/lifecycle.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

const ACTORS: ActorKind[] = ['bidder', 'seller', 'operator', 'finance', 'workflow', 'provider'];
const KINDS = Object.keys(LIFECYCLES) as SubjectKind[];

let test: TestDatabase;
let rows: Rows;
let subjects: Record<SubjectKind, string>;

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  subjects = await rows.oneOfEach();
});
afterAll(() => test.drop());

describe('the guard in the database and the guard in TypeScript', () => {
  // Every state, event and actor, and every state that a hand could write: not drawn, all of them.
  it.each(KINDS)('agree about everything that can happen to: %s', async (kind) => {
    const lifecycle = LIFECYCLES[kind] as Lifecycle;
    const events = [...new Set(lifecycle.edges.map(({ event }) => event))];
    const cases = lifecycle.states.flatMap((from) =>
      events.flatMap((event) =>
        ACTORS.flatMap((actor) =>
          lifecycle.states.filter((to) => to !== from).map((to) => ({ from, event, actor, to })),
        ),
      ),
    );

    const verdicts = await tryAll(kind, subjects[kind], cases);

    const expected = cases.map(({ from, event, actor, to }) => {
      const move = moveFor(lifecycle, from, event, actor);
      return move.kind === 'moves' && move.to === to ? 'moved' : 'GV001';
    });
    const differing = cases.filter((_, i) => verdicts[i] !== expected[i]);
    expect(differing).toEqual([]);
    expect(verdicts.filter((verdict) => verdict === 'moved').length).toBeGreaterThan(0);
  });

  it.each(KINDS)('agree about how it begins: %s', async (kind) => {
    const { initial } = LIFECYCLES[kind];
    const { rows: found } = await test.pool.query(
      `SELECT to_state, event FROM transition WHERE subject_kind = $1 AND from_state IS NULL`,
      [kind],
    );
    expect(found[0]).toEqual({ to_state: initial, event: 'begin' });
    const other = LIFECYCLES[kind].states.find((state) => state !== initial)!;
    const copied = copyWithState(kind, subjects[kind], other);
    await expect(copied).rejects.toMatchObject({ code: 'GV001' });
  });
});

describe('an UPDATE by hand', () => {
  it('along no edge is refused', async () => {
    const id = await rows.auction({ state: 'open' });
    const update = test.pool.query(`UPDATE auction SET state = 'settled' WHERE id = $1`, [id]);
    await expect(update).rejects.toMatchObject({
      code: 'GV001',
      message: `auction ${id} cannot go from open to settled by hand`,
    });
  });

  it('along an edge is allowed, and recorded as the database user’s', async () => {
    const id = await rows.auction({ state: 'open' });
    await test.pool.query(`UPDATE auction SET state = 'paused' WHERE id = $1`, [id]);
    const { rows: user } = await test.pool.query('SELECT session_user AS name');
    expect(await lastTransition(id)).toMatchObject({
      from_state: 'open',
      to_state: 'paused',
      event: 'pause',
      actor_kind: 'database',
      actor_id: user[0].name,
    });
  });

  it('to the same state changes and records nothing', async () => {
    const id = await rows.auction({ state: 'open' });
    const before = await lastTransition(id);
    await test.pool.query(`UPDATE auction SET state = 'open' WHERE id = $1`, [id]);
    expect(await lastTransition(id)).toEqual(before);
  });
});

describe('a change of state', () => {
  const operator = {
    actorKind: 'operator',
    actorId: 'otto',
    reason: 'a power cut',
    correlationId: 'c0ffee',
  } as const;

  it('is recorded with who, why, and in the course of what', async () => {
    const id = await rows.auction({ state: 'open' });
    const { changed } = await test.database.transaction((tx) =>
      changeState(tx, 'auction', id, 'pause', operator),
    );
    expect(changed).toBe(true);
    expect(await lastTransition(id)).toMatchObject({
      event: 'pause',
      actor_kind: 'operator',
      actor_id: 'otto',
      reason: 'a power cut',
      correlation_id: 'c0ffee',
    });
  });

  it('that is already there changes and records nothing', async () => {
    const id = await rows.auction({ state: 'paused' });
    const before = await lastTransition(id);
    const { changed } = await test.database.transaction((tx) =>
      changeState(tx, 'auction', id, 'pause', operator),
    );
    expect(changed).toBe(false);
    expect(await lastTransition(id)).toEqual(before);
  });

  it('happens once when ten ask for it at once', async () => {
    const id = await rows.auction({ state: 'open' });
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        test.database.transaction((tx) => changeState(tx, 'auction', id, 'pause', operator)),
      ),
    );
    expect(answers.filter(({ changed }) => changed)).toHaveLength(1);
  });

  it('that is not possible is refused with the state that the subject has', async () => {
    const id = await rows.auction({ state: 'unsold' });
    const change = test.database.transaction((tx) =>
      changeState(tx, 'auction', id, 'pause', operator),
    );
    await expect(change).rejects.toThrow(ChangeRefused);
    await expect(change).rejects.toMatchObject({ subject: 'auction', state: 'unsold' });
  });

  it('leaves nothing of its cause for the next transaction on the connection', async () => {
    const client = await test.pool.connect();
    const id = await rows.auction({ state: 'open' });
    await client.query('BEGIN');
    await client.query(`SELECT set_config('gavel.cause', $1, true)`, [JSON.stringify(operator)]);
    await client.query('COMMIT');
    await client.query(`UPDATE auction SET state = 'paused' WHERE id = $1`, [id]);
    client.release();
    expect(await lastTransition(id)).toMatchObject({ actor_kind: 'database' });
  });
});

describe('what has been written', () => {
  it.each([
    ['transition', 'reason'],
    ['ledger_transaction', 'kind'],
    ['ledger_entry', 'account'],
    ['bid', 'bidder_id'],
    ['policy', 'created_by'],
  ])('cannot be changed, deleted or emptied: %s', async (table, column) => {
    for (const statement of [
      `UPDATE ${table} SET ${column} = 'another'`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table} CASCADE`,
    ]) {
      await expect(test.pool.query(statement)).rejects.toMatchObject({ code: 'GV002' });
    }
  });
});

interface Case {
  from: string;
  event: string;
  actor: string;
  to: string;
}

/** Tries each change on its own, undone afterwards; answers `moved` or the error's code. */
async function tryAll(kind: SubjectKind, id: string, cases: Case[]): Promise<string[]> {
  return inTransaction(async (client) => {
    await client.query(`
      CREATE FUNCTION pg_temp.try_change(id uuid, from_state text, to_state text, cause text)
      RETURNS text LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM set_config('session_replication_role', 'replica', true);
        EXECUTE 'UPDATE ${kind} SET state = $2 WHERE id = $1' USING id, from_state;
        PERFORM set_config('session_replication_role', 'origin', true);
        PERFORM set_config('gavel.cause', cause, true);
        EXECUTE 'UPDATE ${kind} SET state = $2 WHERE id = $1' USING id, to_state;
        RETURN 'moved';
      EXCEPTION WHEN OTHERS THEN
        RETURN SQLSTATE;
      END $$`);
    const { rows: tried } = await client.query<{ verdict: string }>(
      `SELECT pg_temp.try_change($1, one->>'from', one->>'to', jsonb_build_object(
                'event', one->'event', 'actorKind', one->'actor', 'actorId', 'test')::text) AS verdict
       FROM jsonb_array_elements($2) WITH ORDINALITY AS given (one, place) ORDER BY place`,
      [id, JSON.stringify(cases)],
    );
    await client.query('ROLLBACK');
    return tried.map(({ verdict }) => verdict);
  });
}

async function copyWithState(kind: SubjectKind, id: string, state: string): Promise<void> {
  await test.pool.query(
    `INSERT INTO ${kind} SELECT (jsonb_populate_record(row, jsonb_build_object(
       'id', uuidv7(), 'state', $2::text))).* FROM ${kind} AS row WHERE id = $1`,
    [id, state],
  );
}

async function lastTransition(id: string): Promise<Record<string, unknown> | undefined> {
  const { rows: found } = await test.pool.query(
    'SELECT * FROM transition WHERE subject_id = $1 ORDER BY id DESC LIMIT 1',
    [id],
  );
  return found[0];
}

async function inTransaction<T>(run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await test.pool.connect();
  try {
    await client.query('BEGIN');
    const result = await run(client);
    await client.query('COMMIT');
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}
