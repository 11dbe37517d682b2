import type { Arm } from '../support/arm.ts';
import { brokenInvariant } from '../support/invariants.ts';
import { freshMinimalAuctions } from '../support/minimal.ts';
import { pgbench } from '../support/pgbench.ts';

const CLIENTS = [1, 2, 4, 8];

/** One transaction per bid, for each number of clients. */
export const byPgbench = (name: string, auctions: number): Arm[] =>
  CLIENTS.map((clients) => ({
    name: `${name}-${clients}`,
    async run({ house, pool }, seconds) {
      await freshMinimalAuctions(pool, auctions);
      const latencies = clients === 1;
      const done = await pgbench(house, { auctions, clients, seconds, latencies });
      return { load: done, broken: await brokenInvariant(pool, 'minimal', done.accepted) };
    },
  }));
