import pg from 'pg';
import { openLanePool } from '../../src/database/lanes/lane-pool.ts';
import { createDatabase } from '../../src/database/data-source.ts';
import { migrate } from '../../src/database/migrate.ts';
import { TransferLane } from '../../src/services/wallet/transfer-lane.ts';
import type { ArmFigures } from '../figures.ts';
import { printArms, printTargets } from '../print.ts';
import { bestOf, over, type Target } from '../ratios.ts';
import { runRounds } from '../rounds.ts';
import type { House } from '../support/house.ts';
import { describeMachine } from '../support/machine.ts';
import type { Options } from '../support/options.ts';
import { ARMS } from './arms.ts';
import { createPlain } from './plain.ts';

/** The exit code: 1 when an arm broke an invariant. */
export async function measureLedger(house: House, options: Options): Promise<number> {
  const database = await createDatabase({ url: house.databaseUrl, poolSize: 2 }).initialize();
  await migrate(database);
  await database.destroy();
  const pool = new pg.Pool({ connectionString: house.databaseUrl });
  const lanePool = openLanePool(house.databaseUrl);
  try {
    await createPlain(pool);
    const machine = await describeMachine({ house, pool });
    console.error(machine);
    const isWanted = (name: string) =>
      options.only.length === 0 || options.only.some((wanted) => name.startsWith(wanted));
    const bench = { house, pool, lane: new TransferLane(lanePool) };
    const wanted = ARMS.filter(({ name }) => isWanted(name));
    const arms = await runRounds(bench, wanted, options);

    const ratios = ratiosOf(arms);
    if (options.json) {
      console.log(JSON.stringify({ ...ratios, arms }));
    } else {
      console.log(`\n${machine}\n`);
      printArms(arms, 'transfers');
      console.log();
      printTargets(targetsOf(ratios));
    }
    return arms.some(({ broken }) => broken) ? 1 : 0;
  } finally {
    await Promise.all([pool.end(), lanePool.end()]);
  }
}

interface LedgerRatios {
  readonly hot: number | null;
  readonly spread: number | null;
}

const ratiosOf = (arms: readonly ArmFigures[]): LedgerRatios => ({
  hot: over(bestOf(arms, 'lane-hot'), bestOf(arms, 'pgbench-hot-')),
  spread: over(bestOf(arms, 'lane-spread'), bestOf(arms, 'pgbench-spread-')),
});

const targetsOf = ({ hot, spread }: LedgerRatios): Target[] => [
  { ratio: 'hot', is: 'lane / best pgbench, one account', value: hot, bound: { atLeast: 2 } },
  { ratio: 'spread', is: 'lane / best pgbench, 1,000', value: spread, bound: { atLeast: 1 } },
];
