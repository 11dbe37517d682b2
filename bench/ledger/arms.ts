import type pg from 'pg';
import type { TransferLane } from '../../src/services/wallet/transfer-lane.ts';
import type { TransferRequest } from '../../src/services/wallet/transfer.ts';
import { CALLERS, type Arm } from '../support/arm.ts';
import type { House } from '../support/house.ts';
import { load, promised } from '../support/load.ts';
import { CLIENTS, pgbench } from '../support/pgbench.ts';
import { brokenPlain, freshPlainAccounts, plainHot, plainSpread } from './plain.ts';
import { brokenWallets, freshWallets, transferBetween } from './wallets.ts';
import { zipfian } from './zipf.ts';

export interface LedgerBench {
  readonly house: House;
  /** For preparing and checking. */
  readonly pool: pg.Pool;
  readonly lane: TransferLane;
}

const ACCOUNTS = 1_000;

/** The lane, called in this process. */
const byLane = (name: string, next: () => TransferRequest): Arm<LedgerBench> => ({
  name,
  async run({ pool, lane }, seconds) {
    await freshWallets(pool, ACCOUNTS);
    const done = await load(
      CALLERS,
      { seconds },
      promised(async () => (await lane.ask(next())).made),
    );
    return { load: done, broken: await brokenWallets(pool, done.accepted) };
  },
});

const byPgbench = (name: string, script: string): Arm<LedgerBench>[] =>
  CLIENTS.map((clients) => ({
    name: `${name}-${clients}`,
    async run({ house, pool }, seconds) {
      await freshPlainAccounts(pool, ACCOUNTS);
      const done = await pgbench(house, { script, clients, seconds });
      return { load: done, broken: await brokenPlain(pool, done.accepted) };
    },
  }));

/** The hot one sends to everyone. */
const fromHot = () => transferBetween(ACCOUNTS + 1, 1 + Math.floor(Math.random() * ACCOUNTS));

const anyAccount = zipfian(ACCOUNTS);
const betweenAny = () => {
  const [from, drawn] = [anyAccount(), anyAccount()];
  return transferBetween(from, drawn === from ? 1 + (drawn % ACCOUNTS) : drawn);
};

/** In the order of a round; what is compared stands close together. */
export const ARMS: readonly Arm<LedgerBench>[] = [
  byLane('lane-hot', fromHot),
  ...byPgbench('pgbench-hot', plainHot(ACCOUNTS)),
  byLane('lane-spread', betweenAny),
  ...byPgbench('pgbench-spread', plainSpread(ACCOUNTS)),
];
