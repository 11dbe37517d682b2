import type { Arm } from '../support/arm.ts';
import { freshAuctions } from '../support/auctions.ts';
import { httpLoad } from '../support/http-load.ts';
import { brokenInvariant } from '../support/invariants.ts';

/** A hundred bidders over HTTP, with tokens and validation. */
export const overHttp = (name: string, auctions: number): Arm => ({
  name,
  async run(bench, seconds) {
    const ids = await freshAuctions(bench.pool, auctions);
    const done = await httpLoad(bench, { auctions: ids, until: { seconds } });
    return { load: done, broken: await brokenInvariant(bench.pool, 'public', done.accepted) };
  },
});
