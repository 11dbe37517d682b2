import { z } from 'zod';
import { offerLifecycle } from '../../domain/offer/lifecycle.ts';
import type { PassedOver } from '../../services/eligibility/pass-over.ts';
import type { Offer } from '../../database/entities/index.ts';
import {
  Currency,
  Id,
  iso,
  isoOrNull,
  Moment,
  pageOf,
  PageQuery,
  SignedMinor,
  stateOf,
} from '../http/schemas.ts';

const State = stateOf(offerLifecycle);

export const OfferView = z
  .object({
    id: Id,
    auctionId: Id,
    bidderId: z.string(),
    rank: z.int().describe('1 is the winner; second chances follow'),
    kind: z.enum(['winner', 'second_chance']),
    state: State,
    currency: Currency,
    priceMinor: SignedMinor,
    answerUntil: Moment.nullable(),
    createdAt: Moment,
  })
  .meta({ id: 'Offer' });
export type OfferView = z.infer<typeof OfferView>;

const PassedOverView = z
  .object({
    auctionId: Id,
    bidderId: z.string(),
    reason: z.string().describe('a code, as of a refused bid; or below_reserve, bid_retracted'),
    at: Moment,
  })
  .meta({ id: 'PassedOver' });

export const OfferPage = pageOf(OfferView, 'OfferPage')
  .extend({
    passedOver: z
      .array(PassedOverView)
      .optional()
      .describe('bidders who were not offered these pieces, or lost the offer; for operators'),
  })
  .meta({ id: 'OfferPage' });
export type OfferPage = z.infer<typeof OfferPage>;
export const OfferQuery = PageQuery.extend({ auctionId: Id.optional(), state: State.optional() });
export type OfferQuery = z.infer<typeof OfferQuery>;

export const viewOffer = (offer: Offer): OfferView => ({
  id: offer.id,
  auctionId: offer.auctionId,
  bidderId: offer.bidderId,
  rank: offer.rank,
  kind: offer.kind,
  state: offer.state,
  currency: offer.currency,
  priceMinor: offer.priceMinor,
  answerUntil: isoOrNull(offer.answerUntil),
  createdAt: iso(offer.createdAt),
});

export const viewPassedOver = ({ at, ...passedOver }: PassedOver) => ({
  ...passedOver,
  at: iso(at),
});
