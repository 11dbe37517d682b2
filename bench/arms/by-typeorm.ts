import { CALLERS, type Arm } from '../support/arm.ts';
import { Bids } from '../support/bids.ts';
import { brokenInvariant } from '../support/invariants.ts';
import { load, promised } from '../support/load.ts';
import { freshRowLockAuctions, placeByRowLock } from '../support/row-lock.ts';

/** The usual way: one transaction per bid behind a pessimistic lock. */
export const byTypeorm = (name: string, auctions: number): Arm => ({
  name,
  async run({ pool, rowLock }, seconds) {
    const bids = new Bids(await freshRowLockAuctions(pool, auctions));
    const done = await load(
      CALLERS,
      { seconds },
      promised((caller) => placeByRowLock(rowLock, bids, caller)),
    );
    return { load: done, broken: await brokenInvariant(pool, 'row_lock', done.accepted) };
  },
});
