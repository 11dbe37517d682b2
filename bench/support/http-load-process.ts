import { CALLERS } from './arm.ts';
import { Bids } from './bids.ts';
import { HttpCallers } from './http-callers.ts';
import type { HttpLoadOrder } from './http-load.ts';
import { load, type Place } from './load.ts';

/** Before what is measured, so that this process is not compiled meanwhile; it places no bids. */
const WARM_UP_SECONDS = 1;

/** The other side of http-load.ts. A fault is shown on standard error and ends it. */
process.once('message', (order: HttpLoadOrder) => void carryOut(order));

async function carryOut({ port, tokens, auctions, above, until }: HttpLoadOrder): Promise<void> {
  const callers = await HttpCallers.open(port, tokens);
  const doNothing: Place = (caller, placed) => callers.doNothing(caller, placed);
  const bids = auctions && new Bids(auctions, above);
  await load(CALLERS, { seconds: WARM_UP_SECONDS }, doNothing);
  const done = await load(
    CALLERS,
    until,
    bids ? (caller, placed) => callers.bid(bids, caller, placed) : doNothing,
  );
  callers.close();
  process.send!(done, () => process.disconnect());
}
