import type { Harness } from '../../simulators/paypal/harness.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

/** A database whose clock can be ahead: functions of its own hide PostgreSQL's. */
export const createDatabaseWithMovingClock = (): Promise<TestDatabase> =>
  createTestDatabase(
    (name) => `
      ALTER DATABASE ${name} SET search_path = public, pg_catalog;
      CREATE TABLE moved_clock AS SELECT interval '0' AS ahead;
      CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
        RETURN pg_catalog.clock_timestamp() + (SELECT ahead FROM public.moved_clock);
      CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql STABLE
        RETURN pg_catalog.now() + (SELECT ahead FROM public.moved_clock);`,
  );

/** Lets the database and PayPal be where the workflows are in time. */
export class MovingClocks {
  private aheadMs = 0;

  constructor(
    private readonly test: TestDatabase,
    private readonly harness: Harness,
  ) {}

  /** Milliseconds since the epoch, never earlier than the last time. */
  async moveTo(nowMs: number): Promise<void> {
    const advanceMs = Math.floor(nowMs - Date.now() - this.aheadMs);
    if (advanceMs < 1_000) return; // The clocks go by themselves, too.
    this.aheadMs += advanceMs;
    await this.test.pool.query(
      `UPDATE moved_clock SET ahead = $1::double precision * interval '1 millisecond'`,
      [this.aheadMs],
    );
    await this.harness.control('POST', 'clock', { advanceMs });
  }
}
