import pg from 'pg';
import type { DataSource } from 'typeorm';
import { BidLane } from '../../src/services/bidding/lane/bid-lane.ts';
import { openLanePool } from '../../src/database/lanes/lane-pool.ts';
import { createDatabase } from '../../src/database/data-source.ts';
import { migrate } from '../../src/database/migrate.ts';
import { surviveLosses } from '../../src/database/survive-losses.ts';
import { Api } from './api.ts';
import { AUCTIONS_OF_GAVEL } from './auctions.ts';
import type { House } from './house.ts';
import { createMinimal } from './minimal.ts';
import { createRowLock, rowLockDatabase } from './row-lock.ts';

/** As in settings.ts and main.api.ts. */
const TYPEORM_POOL_SIZE = 12;
const POOL_SIZE = 4;

/** What all arms share: the servers, and the connections of those that run in this process. */
export interface Bench {
  readonly house: House;
  /** For preparing and checking. */
  readonly pool: pg.Pool;
  readonly lane: BidLane;
  readonly rowLock: DataSource;
  readonly api: Api;
  stop(): Promise<void>;
}

export async function openBench(house: House, profile: string | undefined): Promise<Bench> {
  const database = await createDatabase({ url: house.databaseUrl, poolSize: 2 }).initialize();
  await migrate(database);
  await database.destroy();

  const pool = surviveLosses(new pg.Pool({ connectionString: house.databaseUrl, max: POOL_SIZE }));
  const lanePool = openLanePool(house.databaseUrl);
  await pool.query(AUCTIONS_OF_GAVEL);
  await createMinimal(pool);
  await createRowLock(pool);
  const rowLock = await rowLockDatabase(house.databaseUrl, TYPEORM_POOL_SIZE).initialize();
  const api = await Api.start(house, profile);

  return {
    house,
    pool,
    lane: new BidLane(lanePool),
    rowLock,
    api,
    async stop() {
      await api.stop();
      await Promise.all([pool.end(), lanePool.end(), rowLock.destroy()]);
    },
  };
}
