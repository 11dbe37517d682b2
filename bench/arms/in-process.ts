import type { Arm } from '../support/arm.ts';
import { freshAuctions } from '../support/auctions.ts';
import { Bids } from '../support/bids.ts';
import { brokenInvariant } from '../support/invariants.ts';
import { load, promised } from '../support/load.ts';

/** The engine alone: BidLane, called in this process. */
export const inProcess = (name: string, auctions: number, callers: number): Arm => ({
  name,
  async run({ pool, lane }, seconds) {
    const bids = new Bids(await freshAuctions(pool, auctions));
    const done = await load(
      callers,
      { seconds },
      promised(async (caller) => (await lane.place(bids.next(caller))).accepted),
    );
    return { load: done, broken: await brokenInvariant(pool, 'public', done.accepted) };
  },
});
