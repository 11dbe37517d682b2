import type pg from 'pg';
import { Piece } from '../../src/database/lanes/statements.ts';

/** The names of the statements that a lane's pool sends from now on, as they are sent. */
export function sentStatements(pool: pg.Pool): string[] {
  const sent: string[] = [];
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown;
    client.query = ((...given: unknown[]) => {
      if (given[0] instanceof Piece) sent.push(...given[0].statements.map(({ name }) => name));
      return query(...given);
    }) as typeof client.query;
  });
  return sent;
}
