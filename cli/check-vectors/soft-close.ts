import { setTimeout as sleep } from 'node:timers/promises';
import type { PlacedBid } from '../../src/api/bids/bids.schemas.ts';
import type { House } from './house.ts';
import type { Mismatch } from './play.ts';
import type { SoftCloseVector } from './vector-file.ts';

/** One bid of a soft-close vector, in seconds. */
export interface LateBid {
  readonly vector: SoftCloseVector;
  /** From 1. */
  readonly step: number;
  /** From the bid to the end as it stood. */
  readonly left: number;
  /** The extensions that the policy still allows; null without limit. */
  readonly extensionsLeft: number | null;
  readonly expected: { readonly movedBy: number; readonly leaves: number };
}

/**
 * The database's clock judges the end, and it cannot be set. So each bid has an auction of its own
 * that ends as long after the bid as the end was away in the vector.
 */
export function lateBidsOf(vector: SoftCloseVector): LateBid[] {
  let end = secondsOf(vector.end);
  let extensions = 0;
  return vector.bids.map((bid, i) => {
    const [at, newEnd] = [secondsOf(bid.at), secondsOf(bid.newEnd)];
    const { maxExtensions } = vector.policy;
    const late: LateBid = {
      vector,
      step: i + 1,
      left: end - at,
      extensionsLeft: maxExtensions === undefined ? null : maxExtensions - extensions,
      expected: { movedBy: newEnd - end, leaves: newEnd - at },
    };
    if (newEnd !== end) extensions += 1;
    end = newEnd;
    return late;
  });
}

/** An auction cannot begin with its extensions used up, nor can a bid come after its end. */
export const isPlayable = ({ left, extensionsLeft }: LateBid): boolean =>
  left > 0 && extensionsLeft !== 0;

/** Time to create, publish and open an auction before the moment of the bid has come. */
const HEAD_START_MS = 10_000;

export async function playLateBid(house: House, late: LateBid): Promise<Mismatch[]> {
  const { vector, step, left, extensionsLeft } = late;
  const { window, extendBy, mode } = vector.policy;
  const key = `${house.run}:${encodeURIComponent(vector.id)}:${step}`;
  const endMs = Date.now() + HEAD_START_MS + left * 1_000;
  const auctionId = await house.openAuction({
    key,
    title: `${vector.id} bid ${step}`,
    policy: {
      increments: 'ebay-us',
      softClose: {
        window: `PT${window}S`,
        extendBy: `PT${extendBy}S`,
        mode,
        maximumExtensions: extensionsLeft,
      },
    },
    startPriceMinor: 1_00,
    reserveMinor: null,
    closesAt: new Date(endMs).toISOString(),
  });

  await sleep(Math.max(0, endMs - left * 1_000 - Date.now()));
  const bid = await house
    .bidder('A')
    .post<PlacedBid>(`/v1/auctions/${auctionId}/bids`, { maximumMinor: 1_00 }, { key });
  await house.cancel(auctionId, key);
  return mismatchesOf(late, endMs, bid);
}

/** An end that counts from the bid is compared from the bid: it came some milliseconds late. */
function mismatchesOf(late: LateBid, endMs: number, bid: PlacedBid): Mismatch[] {
  const { vector, step, expected } = late;
  const countsFromBid = vector.policy.mode === 'resetFromBid' && expected.movedBy !== 0;
  const fromMs = countsFromBid ? Date.parse(bid.placedAt) : endMs;
  const got = wholeSeconds(Date.parse(bid.closesAt) - fromMs);
  const [field, wanted] = countsFromBid
    ? ['seconds from the bid to the end', expected.leaves]
    : ['seconds by which the end moves', expected.movedBy];
  return got === wanted ? [] : [{ vector: vector.id, step, field, expected: wanted, got }];
}

/** The vectors know whole seconds. */
const wholeSeconds = (milliseconds: number): number => Math.round(milliseconds / 1_000);

function secondsOf(timeOfDay: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = timeOfDay.split(':').map(Number);
  return (hours * 60 + minutes) * 60 + seconds;
}
