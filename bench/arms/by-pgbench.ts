import type { Arm } from '../support/arm.ts';
import { brokenInvariant } from '../support/invariants.ts';
import { freshMinimalAuctions, minimalBid } from '../support/minimal.ts';
import { CLIENTS, pgbench } from '../support/pgbench.ts';

/** One transaction per bid, for each number of clients. */
export const byPgbench = (name: string, auctions: number): Arm[] =>
  CLIENTS.map((clients) => ({
    name: `${name}-${clients}`,
    async run({ house, pool }, seconds) {
      await freshMinimalAuctions(pool, auctions);
      const latencies = clients === 1;
      const done = await pgbench(house, {
        script: minimalBid(auctions),
        clients,
        seconds,
        latencies,
        onOneCore: true,
      });
      return { load: done, broken: await brokenInvariant(pool, 'minimal', done.accepted) };
    },
  }));
