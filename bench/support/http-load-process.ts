import { CALLERS } from './arm.ts';
import { Bids } from './bids.ts';
import { HttpCallers } from './http-callers.ts';
import type { HttpLoadOrder } from './http-load.ts';
import { load } from './load.ts';

/** The other side of http-load.ts. A fault is shown on standard error and ends it. */
process.once('message', (order: HttpLoadOrder) => void carryOut(order));

async function carryOut({ port, tokens, auctions, above, until }: HttpLoadOrder): Promise<void> {
  const callers = await HttpCallers.open(port, tokens);
  const bids = auctions && new Bids(auctions, above);
  const done = await load(CALLERS, until, (caller, placed) =>
    bids ? callers.bid(bids, caller, placed) : callers.doNothing(caller, placed),
  );
  callers.close();
  process.send!(done, () => process.disconnect());
}
