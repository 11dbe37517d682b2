import type { RecordedAuction } from './auction-file.ts';
import { playBids, type Play } from './bidding.ts';
import type { House } from './house.ts';
import { seeThrough } from './sale.ts';

/** What became of one auction of the file. */
export interface Replayed {
  readonly recorded: RecordedAuction;
  readonly asBid: Play;
  /** Played only where the bids alone do not give the recorded price. */
  readonly withReserve?: Play;
  /** All of its plays that sold are settled and booked, and at least one sold. */
  readonly settled: boolean;
  /** Why a play did not come to its end. */
  readonly faults: readonly string[];
}

export interface Listener {
  bid(): void;
  auctionEnded(): void;
}

/** Plays an auction as it was bid, and, where a hidden reserve must have lifted the price, with one. */
export async function replayAuction(
  house: House,
  recorded: RecordedAuction,
  listener: Listener,
): Promise<Replayed> {
  const asBid = await playBids(house, recorded, null, listener.bid);
  const ends = [end(house, asBid)];
  let withReserve: Play | undefined;
  if (asBid.priceMinor !== recorded.closingMinor) {
    withReserve = await playBids(house, recorded, recorded.closingMinor);
    ends.push(end(house, withReserve));
  }

  const faults = (await Promise.all(ends)).filter((fault) => fault !== undefined);
  listener.auctionEnded();
  const sold = asBid.sells || withReserve?.sells === true;
  return { recorded, asBid, withReserve, settled: sold && faults.length === 0, faults };
}

/** One sale that does not come to its end is told, and does not stop the others. */
async function end(house: House, play: Play): Promise<string | undefined> {
  try {
    await seeThrough(house, play);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
