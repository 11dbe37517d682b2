import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  amount,
  arrayOf,
  bytes,
  flag,
  integer,
  moment,
  text,
  tid,
  uuid,
  valueOf,
  type Type,
} from '../../src/database/lanes/columns.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

/** As an array, after each value has come by itself, too. */
async function stored<T>(type: Type<T>, values: readonly (T | null)[]): Promise<unknown[]> {
  const { rows } = await test.pool.query<{ values: unknown[]; isSame: boolean }>(
    `SELECT $1::${type.name}[] AS values,
            $1::${type.name}[] = ARRAY[${values.map((_, i) => `$${i + 2}`).join()}]::${type.name}[]
              AS "isSame"`,
    [arrayOf(type, values), ...values.map((value) => valueOf(type, value))],
  );
  expect(rows[0]!.isSame).toBe(true);
  return rows[0]!.values;
}

describe('a column arrives in the database as it was sent:', () => {
  it('texts, with NULL, nothing, and characters of every length', async () => {
    const values = ['anna', null, '', 'Zoë {"x"},\\', '競売', '🔨'];
    expect(await stored(text, values)).toEqual(values);
  });

  it('amounts, to the largest and the smallest that are safe', async () => {
    const values = [0, 1, -1, 2 ** 32, -(2 ** 32) - 5, null];
    const edges = [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
    const given = [...values, ...edges];
    // The driver leaves the elements of a bigint[] as text.
    expect(await stored(amount, given)).toEqual(
      given.map((value) => (value === null ? null : String(value))),
    );
  });

  it('integers, flags and bytes', async () => {
    expect(await stored(integer, [0, -7, 2_147_483_647, null])).toEqual([
      0,
      -7,
      2_147_483_647,
      null,
    ]);
    expect(await stored(flag, [true, false, null])).toEqual([true, false, null]);
    const kept = await stored(bytes, ['00ff0a', null]);
    expect(kept).toEqual([Buffer.from([0, 255, 10]), null]);
  });

  it('moments, to the millisecond, on both sides of the year 2000', async () => {
    const values = [
      0,
      Date.UTC(2026, 10, 21, 9, 30, 0, 123),
      Date.UTC(1999, 11, 31, 23, 59, 59, 999),
    ];
    expect(await stored(moment, values)).toEqual(values.map((ms) => new Date(ms)));
  });

  it('UUIDs, in small letters or capital ones', async () => {
    const values = ['019a1fef-c479-7f72-b839-01ddda186795', null];
    expect(await stored(uuid, values)).toEqual(values);
    expect(await stored(uuid, [values[0]!.toUpperCase()])).toEqual([values[0]]);
  });

  it('places of rows, to the last one', async () => {
    const values = ['(0,1)', '(4294967295,65535)', null];
    expect(await stored(tid, values)).toEqual(
      `{"${values[0]}","${values[1]}",NULL}`, // The driver leaves the array as text.
    );
  });

  it('a column of no rows', async () => {
    expect(await stored(text, [])).toEqual([]);
  });
});

describe('a value that the column cannot hold', () => {
  it.each([1.5, 2 ** 53, Number.NaN])('is refused: %d as an amount', (value) => {
    expect(() => arrayOf(amount, [value])).toThrow(RangeError);
  });

  it.each([
    '',
    'auction-1',
    '019a1fef-c479-7f72-b839-01ddda18679',
    '019a1fef-c479-7f72-b839-01ddda1867950a',
    '019a1fef-c479-7f72-b839-01ddda18679ü',
  ])('is refused: "%s" as a UUID', (value) => {
    expect(() => arrayOf(uuid, [value])).toThrow(RangeError);
  });

  it.each(['', '(0)', '(,1)', '(NaN,1)', '(4294967296,1)', '(0,65536)'])(
    'is refused: "%s" as a ctid',
    (value) => {
      expect(() => arrayOf(tid, [value])).toThrow(RangeError);
    },
  );
});
