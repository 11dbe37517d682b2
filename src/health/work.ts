import type pg from 'pg';

/** What of a house's work is late, by name: the thing itself is looked up by its state and its time. */
export interface Late {
  readonly name: string;
  readonly count: number;
  /** How late the latest of them is. */
  readonly seconds: number;
}

/** A worker that is well does what is due within seconds. */
const GRACE = "interval '2 minutes'";

const OVERDUE = `
  SELECT 'auctions to open' AS name, now() - opens_at AS age FROM auction
   WHERE state = 'scheduled' AND opens_at < now() - ${GRACE}
  UNION ALL
  SELECT 'auctions to close', now() - closes_at FROM auction
   WHERE state = 'open' AND closes_at < now() - ${GRACE}
  UNION ALL
  SELECT 'sales to offer', now() - coalesce(closed_at, closes_at) FROM auction
   WHERE state = 'awarded' AND coalesce(closed_at, closes_at) < now() - ${GRACE}
     AND NOT EXISTS (SELECT FROM offer WHERE auction_id = auction.id
                        AND state IN ('extended', 'accepted', 'paid'))
  UNION ALL
  SELECT 'payments to open', now() - offer.created_at FROM offer
   WHERE state = 'accepted' AND offer.created_at < now() - ${GRACE}
     AND NOT EXISTS (SELECT FROM payment WHERE offer_id = offer.id)
  UNION ALL
  SELECT 'payments to expire', now() - pay_until FROM payment
   WHERE state IN ('created', 'approved') AND pay_until < now() - ${GRACE}
  UNION ALL
  SELECT 'money to release', now() - least(due_at, last_safe_at) FROM disbursement
   WHERE state IN ('held', 'due') AND least(due_at, last_safe_at) < now() - ${GRACE}`;

const PERIODS = `
  SELECT 'report ' || report || ' (failed)' AS name, now() - created_at AS age
    FROM (SELECT DISTINCT ON (report) report, state, created_at FROM report_run
           WHERE schedule_key IS NOT NULL ORDER BY report, created_at DESC) AS last
   WHERE state = 'failed'
  UNION ALL
  SELECT 'reconciliation (failed)', now() - created_at
    FROM (SELECT state, created_at FROM reconciliation_run
           WHERE schedule_key IS NOT NULL ORDER BY created_at DESC LIMIT 1) AS last
   WHERE state = 'failed'
  UNION ALL
  SELECT 'reconciliation (missing)', now() - max(created_at) FROM reconciliation_run
   WHERE schedule_key IS NOT NULL HAVING max(created_at) < now() - interval '26 hours'
  UNION ALL
  SELECT 'poll of ' || subject || ' (missing)', now() - read_to FROM paypal_poll
   WHERE read_to < now() - interval '1 hour'`;

const counted = (query: string) => `
  SELECT name, count(*)::int AS count, extract(epoch FROM max(age))::float8 AS seconds
  FROM (${query}) AS late GROUP BY name ORDER BY name`;

type Reads = Pick<pg.Pool, 'query'>;

const read = async <Row extends pg.QueryResultRow>(pool: Reads, query: string): Promise<Row[]> =>
  (await pool.query<Row>(query)).rows;

/** Auctions, payments and releases whose time has come and gone. */
export const overdue = (pool: Reads): Promise<Late[]> => read(pool, counted(OVERDUE));

/** Reports, reconciliations and polls that a schedule asked for, and that failed or did not come. */
export const latePeriods = (pool: Reads): Promise<Late[]> => read(pool, counted(PERIODS));

export interface Waiting {
  readonly box: 'outbox' | 'inbox';
  readonly state: 'waiting' | 'dead';
  readonly count: number;
  readonly seconds: number;
}

/** How many messages wait or are dead, and how old the oldest of them is. */
export const messages = (pool: Reads): Promise<Waiting[]> =>
  read(
    pool,
    (['outbox', 'inbox'] as const)
      .flatMap((box) =>
        (['waiting', 'dead'] as const).map(
          (state) => `
            SELECT '${box}' AS box, '${state}' AS state, count(*)::int AS count,
                   coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS seconds
            FROM ${box} WHERE state = '${state}'`,
        ),
      )
      .join(' UNION ALL '),
  );

/** Why steps are stuck, and how many for each cause. */
export const stuckByCause = (
  pool: Reads,
): Promise<{ cause: string; service: string | null; count: number }[]> =>
  read(
    pool,
    `SELECT cause, min(service) AS service, count(*)::int AS count FROM stuck_step
     WHERE state = 'stuck' GROUP BY cause ORDER BY count DESC, cause LIMIT 50`,
  );
