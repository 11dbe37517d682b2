import { CALLERS, type Arm } from '../support/arm.ts';
import { freshAuctions } from '../support/auctions.ts';
import { Bids } from '../support/bids.ts';
import { HttpCallers } from '../support/http-callers.ts';
import { brokenInvariant } from '../support/invariants.ts';
import { load } from '../support/load.ts';
import { onOneCore } from '../support/one-core.ts';

/** A hundred bidders over HTTP, with tokens and validation. */
export const overHttp = (name: string, auctions: number): Arm => ({
  name,
  async run({ house, pool, api }, seconds) {
    const bids = new Bids(await freshAuctions(pool, auctions));
    const callers = await HttpCallers.open(house, api);
    const done = await onOneCore(() =>
      load(CALLERS, seconds, (caller) => callers.bid(bids, caller)),
    );
    callers.close();
    return { load: done, broken: await brokenInvariant(pool, 'public', done.accepted) };
  },
});
