import { arrayOf, valueOf, type Type } from './columns.ts';
import type { Statement } from './statements.ts';

/** A column that a statement is given for each of its rows. */
export interface Column<Row> {
  readonly type: string;
  one(row: Row): Buffer | null;
  many(rows: readonly Row[]): Buffer;
}

export const column = <T, Row>(type: Type<T>, of: (row: Row) => T | null): Column<Row> => ({
  type: type.name,
  one: (row) => valueOf(type, of(row)),
  many: (rows) => arrayOf(type, rows.map(of)),
});

/**
 * Arrays side by side, as rows. PostgreSQL reads arrays that are unnested in a SELECT list as it goes;
 * those in FROM it copies first, each by itself: a sixth of the time of writing a bid.
 */
export const rowsOf = (arrays: readonly string[]): string =>
  `(SELECT ${arrays.map((array) => `unnest(${array})`).join(', ')})`;

/**
 * A statement over rows, if there are any; its text says where they go. Many come as an array per
 * column, whatever their number. A single row comes as values, which costs PostgreSQL half as much.
 */
export function rowStatement<Row>(given: {
  readonly name: string;
  readonly columns: Readonly<Record<string, Column<Row>>>;
  text(rows: string, columns: string): string;
}): (rows: readonly Row[]) => Statement[] {
  const columns = Object.values(given.columns);
  const names = Object.keys(given.columns).join(', ');
  const value = columns.map(({ type }, i) => `$${i + 1}::${type}`);
  const one = {
    name: `${given.name}: one`,
    text: given.text(`(VALUES (${value.join(', ')})) AS row (${names})`, names),
  };
  const many = {
    name: `${given.name}: many`,
    text: given.text(rowsOf(value.map((each) => `${each}[]`)) + ` AS row (${names})`, names),
  };
  return (rows) => {
    const [first] = rows;
    if (first === undefined) return [];
    if (rows.length === 1) return [{ ...one, values: columns.map((each) => each.one(first)) }];
    return [{ ...many, values: columns.map((each) => each.many(rows)) }];
  };
}
