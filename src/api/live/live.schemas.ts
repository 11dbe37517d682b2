import { z } from 'zod';
import { auctionLifecycle } from '../../domain/auction/lifecycle.ts';
import { Currency, Id, Moment, SignedMinor, stateOf } from '../http/schemas.ts';

/** More than a page of a catalogue shows. */
export const MOST_AUCTIONS_PER_STREAM = 50;

const auctionIds = z.array(Id).min(1).max(MOST_AUCTIONS_PER_STREAM);

export const LiveQuery = z.object({
  auction: z
    .union([Id.transform((id) => [id]), auctionIds])
    .describe(`given up to ${MOST_AUCTIONS_PER_STREAM} times`),
});
export type LiveQuery = z.infer<typeof LiveQuery>;

/** The data of one event. The same for everyone but for `leading`, and `coalesced`. */
export const LiveState = z
  .object({
    auctionId: Id,
    state: stateOf(auctionLifecycle),
    currency: Currency,
    priceMinor: SignedMinor.describe('minor units; the start price until somebody bids'),
    minimumBid: SignedMinor.describe('minor units; the least maximum that a new bidder may bid'),
    leader: z
      .string()
      .nullable()
      .describe('an alias, the same in this auction’s bid log: "bidder 3" was the third to bid'),
    bids: z.int().describe('entries of the bid log'),
    reserveMet: z.boolean().describe('true also where there is no reserve'),
    closesAt: Moment,
    extensions: z.int().describe('how often bids have moved the closing time by now'),
    serverTime: Moment.describe('the clock that judges the closing time, when this was sent'),
    leading: z.boolean().describe('does the caller lead?'),
    coalesced: z
      .boolean()
      .describe(
        'entries of the bid log since the event before were left out; GET the log has them',
      ),
  })
  .meta({ id: 'LiveState' });
export type LiveState = z.infer<typeof LiveState>;
