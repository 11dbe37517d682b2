import type { AuctionView } from '../../src/api/auctions/auctions.schemas.ts';
import type { BidRefusalCode } from '../../src/domain/bidding/bidding.ts';
import { ApiProblem } from '../client/gavel-client.ts';
import type { RecordedAuction } from './auction-file.ts';
import type { House } from './house.ts';

/** One play of a recorded auction, after its last bid. */
export interface Play {
  readonly auctionId: string;
  /** What the idempotency keys of this play begin with. */
  readonly key: string;
  readonly accepted: number;
  readonly rejected: number;
  readonly priceMinor: number;
  /** Will the close find a winner? */
  readonly sells: boolean;
}

/** Refusals by the rules of bidding are part of a recorded auction; others are not. */
const RULES: readonly string[] = [
  'bid_below_start',
  'bid_too_low',
  'not_above_own_maximum',
] satisfies BidRefusalCode[];

/** Publishes the auction and places its bids in their order. */
export async function playBids(
  house: House,
  recorded: RecordedAuction,
  reserveMinor: number | null,
  heardBid: () => void = () => {},
): Promise<Play> {
  const key = `${house.run}:${recorded.id}:${reserveMinor === null ? 'asBid' : 'withReserve'}`;
  const auctionId = await publish(house, recorded, reserveMinor, key);
  await house.open.see(auctionId);

  let accepted = 0;
  for (const [index, { bidder, maximumMinor }] of recorded.bids.entries()) {
    const bid = house.bidder(bidder).post(
      `/v1/auctions/${auctionId}/bids`,
      { maximumMinor },
      { key: `${key}:${index}` }, // A repeat of a run that lost an answer gets that answer.
    );
    if (await isAccepted(bid)) accepted += 1;
    heardBid();
  }

  const auction = await house.operator.get<AuctionView>(`/v1/auctions/${auctionId}`);
  return {
    auctionId,
    key,
    accepted,
    rejected: recorded.bids.length - accepted,
    priceMinor: auction.priceMinor,
    sells: auction.leaderId !== null && auction.reserveMet,
  };
}

async function publish(
  { operator, sellerId, policyName, closesAt }: House,
  recorded: RecordedAuction,
  reserveMinor: number | null,
  key: string,
): Promise<string> {
  const wanted = {
    sellerId,
    title: `${recorded.item} ${recorded.id}`,
    commodityCode: '9102',
    policy: policyName,
    currency: 'USD',
    startPriceMinor: recorded.openingMinor,
    reserveMinor,
    closesAt,
  };
  const { id } = await operator.post<AuctionView>('/v1/auctions', wanted, { key: `${key}:create` });
  await operator.post(`/v1/auctions/${id}/publish`, {}, { key: `${key}:publish` });
  return id;
}

async function isAccepted(bid: Promise<unknown>): Promise<boolean> {
  try {
    await bid;
    return true;
  } catch (error) {
    if (error instanceof ApiProblem && RULES.includes(error.code)) return false;
    throw error;
  }
}
