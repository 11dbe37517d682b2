import type pg from 'pg';

/** Clocks drift by some ten milliseconds an hour, and may be set: often enough. */
const COMPARE_EVERY_MS = 30_000;
/** The quickest answer tells best. */
const QUESTIONS = 3;

/**
 * The database's clock without asking it each time. It is off by at most half of the quickest round
 * trip to the database.
 */
export class DatabaseClock {
  private offsetMs = Date.now() - performance.now();
  private comparedAtMs = -Infinity;

  /** Milliseconds since the epoch. */
  nowMs(): number {
    return performance.now() + this.offsetMs;
  }

  /** Compares the clocks when that was long ago. */
  async compare(pool: pg.Pool): Promise<void> {
    if (performance.now() - this.comparedAtMs < COMPARE_EVERY_MS) return;
    let quickestMs = Infinity;
    for (let question = 0; question < QUESTIONS; question += 1) {
      const askedAtMs = performance.now();
      const { rows } = await pool.query<{ now: Date }>('SELECT clock_timestamp() AS now');
      const tookMs = performance.now() - askedAtMs;
      if (tookMs >= quickestMs) continue;
      quickestMs = tookMs;
      this.offsetMs = rows[0]!.now.getTime() - (askedAtMs + tookMs / 2);
    }
    this.comparedAtMs = performance.now();
  }
}
