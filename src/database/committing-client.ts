import pg from 'pg';

/** The database has taken back what it was asked to commit. */
export class RolledBack extends Error {
  override name = 'RolledBack';
  constructor() {
    super(
      'PostgreSQL has rolled the transaction back: one of its statements had failed, and went unheard.',
    );
  }
}

type Query = (this: pg.Client, ...given: unknown[]) => Promise<pg.QueryResult>;

/**
 * For pools: sees that what is committed is. PostgreSQL answers COMMIT with ROLLBACK, and no error, when a
 * statement of the transaction has failed and its error was caught (pg 8.23.1).
 */
export class CommittingClient extends pg.Client {}

CommittingClient.prototype.query = function (this: pg.Client, ...given: unknown[]) {
  const answer = (pg.Client.prototype.query as unknown as Query).apply(this, given);
  return given[0] === 'COMMIT' ? answer.then(mustBeCommitted) : answer;
} as typeof pg.Client.prototype.query;

function mustBeCommitted(result: pg.QueryResult): pg.QueryResult {
  if (result.command !== 'COMMIT') throw new RolledBack();
  return result;
}
