import { CALLERS } from './support/arm.ts';
import { Api } from './support/api.ts';
import { freshAuctions } from './support/auctions.ts';
import type { Bench } from './support/bench.ts';
import { Bids } from './support/bids.ts';
import { HttpCallers } from './support/http-callers.ts';

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
  const bids = new Bids(await freshAuctions(pool, AUCTIONS));
  const api = await Api.start(house);
  const callers = await HttpCallers.open(house, api);
  await place(callers, bids, FIRST);
  const afterFirstMiB = await residentMiB(api);
  await place(callers, bids, BIDS - FIRST);
  const atEndMiB = await residentMiB(api);
  callers.close();
  await api.stop();
  const growthMiB = atEndMiB - afterFirstMiB;
  return { name: 'memory', bids: BIDS, afterFirstMiB, atEndMiB, growthMiB };
}

async function place(callers: HttpCallers, bids: Bids, count: number): Promise<void> {
  let left = count;
  const bidOn = async (caller: number) => {
    while (left-- > 0) await callers.bid(bids, caller);
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, caller) => bidOn(caller)));
}

const residentMiB = async (api: Api) => Math.round((await api.residentBytes()) / 2 ** 20);
