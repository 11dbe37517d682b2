import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { passedOverIn } from '../../services/eligibility/pass-over.ts';
import { whyMayNotBuy } from '../../services/eligibility/read-buyers.ts';
import { databaseNow } from '../../database/clock.ts';
import { changeState, lockSubject } from '../../database/change-state.ts';
import { endSale } from '../../services/auction/end-sale.ts';
import { Auction, Offer } from '../../database/entities/index.ts';
import { sendLater } from '../../database/outbox.ts';
import { EXPLAINED } from '../../domain/eligibility/may-buy.ts';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import { mustBeOutsider } from '../auctions/outsider.ts';
import type { Access } from '../http/access.ts';
import type { Change } from '../http/change.ts';
import { given, pageOfRows } from '../http/page.ts';
import { notFound, Problem } from '../http/problem.ts';
import { isOperator } from '../http/views/views.ts';
import {
  viewOffer,
  viewPassedOver,
  type OfferPage,
  type OfferQuery,
  type OfferView,
} from './offers.schemas.ts';

@Injectable()
export class OffersService {
  constructor(private readonly database: DataSource) {}

  async get(access: Access, id: string): Promise<OfferView> {
    const offer = await this.database.manager.findOneBy(Offer, { id });
    if (!offer || !mayRead(access, offer)) throw notFound('offer', id);
    return viewOffer(offer);
  }

  async list(access: Access, { auctionId, state, ...page }: OfferQuery): Promise<OfferPage> {
    const bidderId = access.seesAll ? undefined : access.id;
    const where = given({ auctionId, state, bidderId }) as object;
    const { manager } = this.database;
    const offers = await pageOfRows(manager, Offer, where, page, viewOffer);
    if (!isOperator(access)) return offers;
    const auctions = auctionId ? [auctionId] : offers.items.map((offer) => offer.auctionId);
    return { ...offers, passedOver: (await passedOverIn(manager, auctions)).map(viewPassedOver) };
  }

  /** The bidder's answer to a second chance, or an operator's on the bidder's word. */
  async answer(
    { tx, cause, correlationId }: Change,
    access: Access,
    id: string,
    event: 'accept' | 'decline',
  ): Promise<OfferView> {
    const offer = await lockSubject(tx, 'offer', id);
    if (!mayRead(access, offer)) throw notFound('offer', id);
    if (event === 'accept' && offer.answerUntil && offer.answerUntil <= (await databaseNow(tx))) {
      throw new Problem(409, 'offer_expired', 'The time to accept this offer is over.');
    }
    if (event === 'accept' && offer.state === 'extended') await mustBeAllowed(tx, offer);
    const { row } = await changeState(tx, 'offer', id, event, cause());
    await sendLater(tx, lookAgain(workflowIds.reassignment(offer.auctionId)), correlationId);
    return viewOffer(row);
  }

  /** Ends this bidder's part in the sale, unless it is paid; the piece goes on to the next bidder. */
  async withdraw({ tx, cause }: Change, id: string, reason: string): Promise<OfferView> {
    const offer = await tx.findOneBy(Offer, { id });
    if (!offer) throw notFound('offer', id);
    await mustBeOutsider(tx, cause().actorId, offer.auctionId);
    if (offer.state !== 'withdrawn') {
      const ending = { cause: cause(reason), next: true, onceUncaptured: false };
      await endSale(tx, offer.auctionId, ending, id);
    }
    return viewOffer(await tx.findOneByOrFail(Offer, { id }));
  }
}

/** Whoever could not bid for the piece cannot accept it either. */
async function mustBeAllowed(tx: EntityManager, offer: Offer): Promise<void> {
  const auction = await tx.findOneByOrFail(Auction, { id: offer.auctionId });
  const reason = await whyMayNotBuy(tx, auction, offer.bidderId, offer.priceMinor);
  if (reason) throw new Problem(403, reason, EXPLAINED[reason]);
}

/** Somebody else's offer does not exist for a bidder. */
const mayRead = (access: Access, offer: Offer) => access.seesAll || offer.bidderId === access.id;
