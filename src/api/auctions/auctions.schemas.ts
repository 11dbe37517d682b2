import { z } from 'zod';
import { auctionLifecycle } from '../../domain/auction/lifecycle.ts';
import {
  AmountMinor,
  Currency,
  ExternalId,
  Id,
  Line,
  Moment,
  pageOf,
  PageQuery,
  SignedMinor,
  Text,
  stateOf,
} from '../http/schemas.ts';
import { partOf, viewsOf } from '../http/views/views.ts';

/** Longer than any house runs one; a slip in a year is longer. */
export const LONGEST_AUCTION = 'P90D';
export const FARTHEST_END = 'P730D';

export const CreateAuction = z
  .object({
    sellerId: ExternalId,
    title: Line(200).min(1),
    description: Text(10_000).default(''),
    commodityCode: z
      .string()
      .regex(/^[0-9A-Za-z]{2,10}$/)
      .describe('HS heading by which the ERP books the piece: 9701 paintings, 9102 watches'),
    policy: z
      .string()
      .min(1)
      .max(100)
      .default('standard')
      .describe('its newest version is kept; "quick" has minutes, for trying out'),
    currency: Currency,
    startPriceMinor: AmountMinor,
    reserveMinor: AmountMinor.nullable().default(null),
    buyNowMinor: AmountMinor.nullable()
      .default(null)
      .describe('minor units; gone with the first bid, or once the reserve is met'),
    saleId: Id.optional().describe('the sale that it belongs to, with its conditions'),
    opensAt: Moment.optional().describe('default: at once'),
    closesAt: Moment.optional().describe(
      `required, but in a sale: there by default staggered after the lot before; at most ${LONGEST_AUCTION} after opensAt, and ${FARTHEST_END} from now`,
    ),
  })
  .meta({
    id: 'CreateAuction',
    // Only the lots of a sale have an end that follows from others.
    anyOf: [{ required: ['closesAt'] }, { required: ['saleId'] }],
  });
export type CreateAuction = z.infer<typeof CreateAuction>;

export const AuctionView = z
  .object({
    id: Id,
    lotId: Id,
    saleId: Id.nullable(),
    sellerId: z.string(),
    title: z.string(),
    description: z.string(),
    state: stateOf(auctionLifecycle),
    currency: Currency,
    startPriceMinor: SignedMinor,
    priceMinor: SignedMinor.describe('minor units; the start price until somebody bids'),
    minimumBid: SignedMinor.describe('minor units; the least maximum that a new bidder may bid'),
    bids: z.int().describe('entries of the bid log'),
    buyNowMinor: SignedMinor.nullable().describe(
      'minor units; null when it cannot be bought at once',
    ),
    reserveMet: z.boolean().describe('true also where there is no reserve'),
    reserveMinor: SignedMinor.nullable().describe('for the seller and operators only'),
    leaderId: z.string().nullable().describe('for operators only'),
    leading: z.boolean().describe('does the caller lead?'),
    opensAt: Moment,
    closesAt: Moment,
    closedAt: Moment.nullable(),
    unsoldReason: z.string().nullable().describe('for the seller and the house'),
    policy: z.object({ name: z.string(), version: z.int() }),
  })
  .meta({ id: 'Auction' });
export type AuctionView = z.infer<typeof AuctionView>;

const PUBLIC = [
  'id',
  'lotId',
  'saleId',
  'sellerId',
  'title',
  'description',
  'state',
  'currency',
  'startPriceMinor',
  'priceMinor',
  'minimumBid',
  'bids',
  'buyNowMinor',
  'reserveMet',
  'leading',
  'opensAt',
  'closesAt',
  'closedAt',
  'policy',
] as const;

export const AUCTION_VIEWS = viewsOf(AuctionView, {
  // Reserve and leader would tell who does the books how to bid.
  finance: partOf(AuctionView, 'AuctionForFinance', [...PUBLIC, 'unsoldReason']),
  seller: partOf(AuctionView, 'AuctionForSeller', [...PUBLIC, 'reserveMinor', 'unsoldReason']),
  bidder: partOf(AuctionView, 'AuctionForBidder', PUBLIC),
});

export const AuctionPage = pageOf(AUCTION_VIEWS.schema, 'AuctionPage');

export const AuctionQuery = PageQuery.extend({
  state: stateOf(auctionLifecycle).optional(),
  sellerId: ExternalId.optional(),
  saleId: Id.optional(),
});
export type AuctionQuery = z.infer<typeof AuctionQuery>;
