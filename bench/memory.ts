import { Api } from './support/api.ts';
import { freshAuctions, START_PRICE } from './support/auctions.ts';
import type { Bench } from './support/bench.ts';
import { STEP } from './support/bids.ts';
import { httpLoad } from './support/http-load.ts';

const BIDS = 200_000;
const FIRST = 20_000;
const AUCTIONS = 200;
export const MOST_GROWTH_MIB = 64;

export interface MemoryFigures {
  readonly name: 'memory';
  readonly bids: number;
  /** Resident memory of the API. */
  readonly afterFirstMiB: number;
  readonly atEndMiB: number;
  readonly growthMiB: number;
}

/** Does the API's memory stay bounded while bids go through? In a new process, which has not grown. */
export async function measureMemory({ house, pool }: Bench): Promise<MemoryFigures> {
  const auctions = await freshAuctions(pool, AUCTIONS);
  const api = await Api.start(house);
  try {
    await httpLoad({ house, api }, { auctions, until: { asked: FIRST } });
    const afterFirstMiB = await residentMiB(api);
    const above = START_PRICE + FIRST * STEP; // However the first fell on the auctions.
    await httpLoad({ house, api }, { auctions, above, until: { asked: BIDS - FIRST } });
    const atEndMiB = await residentMiB(api);
    const growthMiB = atEndMiB - afterFirstMiB;
    return { name: 'memory', bids: BIDS, afterFirstMiB, atEndMiB, growthMiB };
  } finally {
    await api.stop();
  }
}

const residentMiB = async (api: Api) => Math.round((await api.residentBytes()) / 2 ** 20);
