import type { BidRefusalCode } from '../../../domain/bidding/bidding.ts';
import type { Ineligibility } from '../../../domain/eligibility/may-buy.ts';

/** A maximum to bid, or the price at which to buy now; minor units. */
export interface BidRequest {
  readonly kind?: 'bid' | 'buy_now';
  readonly auctionId: string;
  readonly bidderId: string;
  readonly maximumMinor: number;
  readonly idempotencyKey: string;
  /** The operator who enters an absentee or telephone bid for the bidder. */
  readonly enteredBy?: string;
}

export type BidAnswer = AcceptedBid | RefusedBid;

/** What the bid log keeps of an answer. */
export interface PlacedBid {
  readonly accepted: true;
  readonly sequence: number;
  readonly priceMinor: number;
  /** Does the bidder lead now? */
  readonly leading: boolean;
  readonly reserveMet: boolean;
  readonly closesAt: string;
  readonly placedAt: string;
}

export interface AcceptedBid extends PlacedBid {
  readonly minimumBidMinor: number;
}

export interface RefusedBid {
  readonly accepted: false;
  readonly code:
    | BidRefusalCode
    | Ineligibility
    | 'auction_not_found'
    | 'auction_not_open'
    | 'auction_ended'
    | 'buy_now_gone'
    | 'idempotency_key_reused';
  /** What would have been accepted, where an amount is the trouble. */
  readonly minimumBidMinor?: number;
  readonly maximumBidMinor?: number;
}
