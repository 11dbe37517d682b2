import type { BidRequest } from '../../src/services/bidding/lane/request.ts';
import { START_PRICE } from './auctions.ts';

/**
 * More than the increment: a bid that is overtaken on its way by one other is still high enough, as
 * the price follows the second maximum. One that is overtaken by two is refused.
 */
export const STEP = 10;

export const bidderId = (caller: number): string => `bidder-${caller}`;

let runningNumber = 0;
/** Never used before, nor by another process. */
export const nextKey = (): string => `bench-${process.pid}-${(runningNumber += 1)}`;

/** Bids that ascend in each auction, so that all are accepted which arrive in their order. */
export class Bids {
  private readonly maxima = new Map<string, number>();

  constructor(
    private readonly auctions: readonly string[],
    /** Where they begin, in minor units. */
    private readonly above = START_PRICE,
  ) {}

  next(caller: number): BidRequest {
    const auctionId = this.anyAuction();
    return {
      auctionId,
      bidderId: bidderId(caller),
      maximumMinor: this.nextMaximum(auctionId),
      idempotencyKey: nextKey(),
    };
  }

  anyAuction(): string {
    return this.auctions[Math.floor(Math.random() * this.auctions.length)]!;
  }

  nextMaximum(auctionId: string): number {
    const maximum = (this.maxima.get(auctionId) ?? this.above) + STEP;
    this.maxima.set(auctionId, maximum);
    return maximum;
  }
}
