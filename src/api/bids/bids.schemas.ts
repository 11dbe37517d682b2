import { z } from 'zod';
import {
  AmountMinor,
  ExternalId,
  Moment,
  SignedMinor,
  Words,
  wholeNumber,
} from '../http/schemas.ts';

export const PlaceBid = z
  .object({
    maximumMinor: AmountMinor.describe(
      'the most you would pay, minor units; the price rises only as far as others make it',
    ),
  })
  .meta({ id: 'PlaceBid' });
export type PlaceBid = z.infer<typeof PlaceBid>;

export const BuyNow = z
  .object({
    priceMinor: AmountMinor.describe('minor units; the buy-it-now price as you have seen it'),
  })
  .meta({ id: 'BuyNow' });
export type BuyNow = z.infer<typeof BuyNow>;

export const EnterBid = PlaceBid.extend({ bidderId: ExternalId }).meta({ id: 'EnterBid' });
export type EnterBid = z.infer<typeof EnterBid>;

export const PlacedBid = z
  .object({
    sequence: z.int().describe("the bid's place in the auction's log"),
    priceMinor: SignedMinor,
    leading: z.boolean(),
    minimumBid: SignedMinor.describe('minor units; the least maximum for anyone but the leader'),
    reserveMet: z.boolean(),
    closesAt: Moment,
    placedAt: Moment,
  })
  .meta({ id: 'PlacedBid' });
export type PlacedBid = z.infer<typeof PlacedBid>;

export const RetractBids = z
  .object({ bidderId: ExternalId, reason: Words(500) })
  .meta({ id: 'RetractBids' });
export type RetractBids = z.infer<typeof RetractBids>;

export const Retraction = z
  .object({
    priceMinor: SignedMinor,
    leaderId: z.string().nullable().optional().describe('for operators only'),
    minimumBid: SignedMinor,
    closesAt: Moment.describe('later than before, where others had too little time left'),
  })
  .meta({ id: 'Retraction' });

export const BidLogEntry = z
  .object({
    sequence: z.int(),
    kind: z.enum(['bid', 'buy_now', 'retraction']),
    bidder: z.string().describe('an alias, but for your own bids and for operators'),
    maximumMinor: SignedMinor.nullable().optional().describe('of your own bids, and for operators'),
    priceMinor: SignedMinor.describe('minor units; after this entry'),
    placedAt: Moment,
  })
  .meta({ id: 'BidLogEntry' });
export type BidLogEntry = z.infer<typeof BidLogEntry>;

/** The database counts the entries of one auction in an integer of 4 bytes. */
const LONGEST_LOG = 2_147_483_647;

export const BidLogQuery = z.object({
  after: wholeNumber(0, LONGEST_LOG).default(0).describe('sequence'),
  limit: wholeNumber(1, 500).default(100),
});
export type BidLogQuery = z.infer<typeof BidLogQuery>;

export const BidLog = z.object({ items: z.array(BidLogEntry) }).meta({ id: 'BidLog' });
