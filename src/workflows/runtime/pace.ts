const FREE_TURNS = 8;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 60_000;
/** A wait that ends the run of turns. */
const REAL_WAIT_MS = 1_000;

/**
 * Keeps a workflow from spinning. Turns that follow each other without a real wait, because two rules
 * disagree about what is due, or the news does not end, become ever slower: down to one a minute.
 */
export class Pace {
  private turns = 0;

  /** How long to wait before the next turn. */
  nextPause(): number {
    this.turns += 1;
    const over = this.turns - FREE_TURNS;
    return over > 0 ? Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(over, 12)) : 0;
  }

  hasWaited(ms: number): void {
    if (ms >= REAL_WAIT_MS) this.turns = 0;
  }
}
