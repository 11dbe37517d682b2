import type { AuctionView } from '../../src/api/auctions/auctions.schemas.ts';
import { ApiProblem } from '../client/gavel-client.ts';
import { differences, type Difference, type Observed } from './compare.ts';
import { expectationsOf, type Reading } from './expectations.ts';
import type { House } from './house.ts';
import { ALTERNATIVES, type Step, type VectorFile } from './vector-file.ts';

export interface Mismatch extends Difference {
  /** As the file names it, with the alternative where it is one: `V11 R5-alt`. */
  readonly vector: string;
  /** From 1. */
  readonly step: number;
}

/** Long enough for the play, and far from any rule about the end. */
const BIDDING_TIME_MS = 3 * 24 * 3_600_000;

/** Plays a reading in an auction of its own and gives what came out otherwise than expected. */
export async function playVector(
  house: House,
  tables: VectorFile['incrementTables'],
  reading: Reading,
): Promise<Mismatch[]> {
  const { vector, alternative } = reading;
  const name = alternative ? `${vector.id} ${alternative}` : vector.id;
  const key = `${house.run}:${encodeURIComponent(name)}`;
  const auctionId = await house.openAuction({
    key,
    title: `${name} ${vector.title}`.slice(0, 200),
    policy: {
      increments: tables[vector.increments]!,
      ...(alternative && ALTERNATIVES[alternative]),
    },
    startPriceMinor: vector.startPrice,
    reserveMinor: vector.reserve,
    closesAt: new Date(Date.now() + BIDDING_TIME_MS).toISOString(),
  });

  const expectations = expectationsOf(reading);
  const mismatches: Mismatch[] = [];
  for (const [i, step] of vector.steps.entries()) {
    const observed = await take(house, auctionId, step, `${key}:${i}`);
    const found = differences(expectations[i]!, observed);
    mismatches.push(...found.map((each) => ({ vector: name, step: i + 1, ...each })));
  }
  await house.cancel(auctionId, key);
  return mismatches;
}

async function take(house: House, auctionId: string, step: Step, key: string): Promise<Observed> {
  const reason = await refusalOf(order(house, auctionId, step, key));
  const auction = await house.operator.get<AuctionView>(`/v1/auctions/${auctionId}`);
  return {
    accepted: reason === undefined,
    reason,
    price: auction.priceMinor,
    leader: auction.leaderId ?? null,
    nextMinBid: auction.minimumBid,
    reserveMet: auction.reserveMet,
  };
}

function order(house: House, auctionId: string, step: Step, key: string): Promise<unknown> {
  const path = `/v1/auctions/${auctionId}`;
  switch (step.action) {
    case 'bid':
      return house.bidder(step.bidder).post(`${path}/bids`, { maximumMinor: step.max }, { key });
    case 'retract': {
      const body = { bidderId: step.bidder, reason: 'A step of the vector.' };
      return house.operator.post(`${path}/retractions`, body, { key });
    }
  }
}

/** The code of a refusal, undefined when there was none. */
async function refusalOf(answer: Promise<unknown>): Promise<string | undefined> {
  try {
    await answer;
    return undefined;
  } catch (error) {
    if (error instanceof ApiProblem && error.status < 500) return error.code;
    throw error;
  }
}
