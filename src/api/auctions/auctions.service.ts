import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager } from 'typeorm';
import { policyVersions } from '../../services/bidding/lane/policy-cache.ts';
import { tellBidders } from '../../services/auction/tell-bidders.ts';
import { changeState, declareCause, lockSubject } from '../../database/change-state.ts';
import { Auction, Lot, Sale, Seller } from '../../database/entities/index.ts';
import { recordIntervention } from '../../database/record-intervention.ts';
import { databaseNow } from '../../database/clock.ts';
import { sendLater } from '../../database/outbox.ts';
import { canBuyNow, minimumBid, reserveMet } from '../../domain/bidding/bidding.ts';
import { durationMs } from '../../domain/common/duration.ts';
import { biddingTerms, type Policy } from '../../domain/policy/policy.ts';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import type { Access } from '../http/access.ts';
import type { Change } from '../http/change.ts';
import { given, pageOfRows } from '../http/page.ts';
import { mustBeForAnother } from '../http/not-for-oneself.ts';
import { forbidden, notFound, Problem } from '../http/problem.ts';
import { iso, isoOrNull } from '../http/schemas.ts';
import { viewersOf } from '../http/views/views.ts';
import {
  AUCTION_VIEWS,
  FARTHEST_END,
  LONGEST_AUCTION,
  type AuctionQuery,
  type AuctionView,
  type CreateAuction,
} from './auctions.schemas.ts';
import { mustBeOpenSale, mustStillBeOpen, policyForDraft } from './house-rules.ts';
import { tellIntervention, type Intervention } from './tell-intervention.ts';
import { visibleAuctions } from './visible.ts';

@Injectable()
export class AuctionsService {
  constructor(private readonly database: DataSource) {}

  async create({ tx, cause }: Change, access: Access, wanted: CreateAuction) {
    if (!access.seesAll && wanted.sellerId !== access.id) {
      throw forbidden('A seller creates auctions for nobody else: give your own id as sellerId.');
    }
    const seller = await sellerNamed(tx, wanted.sellerId);
    const policy = await policyForDraft(tx, access, wanted, wanted.policy);
    await mustBeOpenSale(tx, access, wanted);
    const opensAt = wanted.opensAt ? new Date(wanted.opensAt) : await databaseNow(tx);
    const closesAt = wanted.closesAt ? new Date(wanted.closesAt) : await staggeredEnd(tx, wanted);
    if (seller.isHouse && wanted.startPriceMinor < policy.document.houseMinimumMinor) {
      throw new Problem(
        422,
        'below_house_minimum',
        `The house's own lots start at ${policy.document.houseMinimumMinor} (minor units) or more.`,
        {
          minimumStartPrice: policy.document.houseMinimumMinor,
        },
      );
    }
    if (
      wanted.buyNowMinor !== null &&
      wanted.buyNowMinor < Math.max(wanted.startPriceMinor, wanted.reserveMinor ?? 0)
    ) {
      throw new Problem(
        422,
        'buy_now_too_low',
        'buyNowMinor must not lie below the start price or the reserve.',
      );
    }
    refuseOddTimes(opensAt, closesAt, await databaseNow(tx));
    const { identifiers: lots } = await tx.insert(Lot, {
      sellerId: wanted.sellerId,
      title: wanted.title,
      description: wanted.description,
      commodityCode: wanted.commodityCode,
    });
    await declareCause(tx, cause());
    const { identifiers } = await tx.insert(Auction, {
      lotId: lots[0]!.id as string,
      saleId: wanted.saleId ?? null,
      buyNowMinor: wanted.buyNowMinor,
      sellerId: wanted.sellerId,
      policyName: policy.name,
      policyVersion: policy.version,
      currency: wanted.currency,
      startPriceMinor: wanted.startPriceMinor,
      priceMinor: wanted.startPriceMinor,
      reserveMinor: wanted.reserveMinor,
      opensAt,
      closesAt,
    });
    return this.view(tx, identifiers[0]!.id as string, access);
  }

  /** From now on the auction runs by itself. */
  async publish({ tx, cause, correlationId }: Change, access: Access, id: string) {
    const auction = await lockSubject(tx, 'auction', id);
    if (!access.seesAll && auction.sellerId !== access.id) {
      throw forbidden('Only its seller or an operator publishes an auction.');
    }
    if (auction.closesAt <= (await databaseNow(tx))) {
      throw new Problem(
        422,
        'closes_in_the_past',
        'Its closing time has passed: create a new auction.',
      );
    }
    if (auction.state === 'draft') await mustStillBeOpen(tx, access, auction);
    const { changed } = await changeState(tx, 'auction', id, 'publish', cause());
    if (changed) await startAuction(tx, auction, correlationId);
    return this.view(tx, id, access);
  }

  /** Ends the bidding now; the workflow decides who has won. */
  async close({ tx, cause, correlationId }: Change, access: Access, id: string, reason: string) {
    const auction = await lockSubject(tx, 'auction', id);
    mustNotBeOwn(access, auction);
    if (auction.state !== 'open') {
      throw new Problem(
        409,
        'state_conflict',
        `An auction that is ${auction.state} cannot be closed early.`,
        {
          state: auction.state,
        },
      );
    }
    await tx.query(
      'UPDATE auction SET closes_at = least(closes_at, clock_timestamp()) WHERE id = $1',
      [id],
    );
    await tellBidders(tx, auction, {
      kind: 'auction_end_moved',
      occasion: END_BY_HAND,
      says: (piece) => `The house has ended the bidding for ${piece}.`,
    });
    await recordIntervention(tx, 'auction', auction, 'close early', cause(reason));
    await sendLater(tx, lookAgain(workflowIds.auction(id)), correlationId);
    return this.view(tx, id, access);
  }

  async intervene(
    { tx, cause, correlationId }: Change,
    access: Access,
    id: string,
    event: Intervention,
    reason: string,
  ) {
    mustNotBeOwn(access, await lockSubject(tx, 'auction', id));
    const { changed } = await changeState(tx, 'auction', id, event, cause(reason));
    if (changed && event === 'resume') await giveBackPausedTime(tx, id);
    if (changed) await tellIntervention(tx, id, event);
    await sendLater(tx, lookAgain(workflowIds.auction(id)), correlationId);
    return this.view(tx, id, access);
  }

  async get(access: Access, id: string): Promise<Partial<AuctionView>> {
    const { manager } = this.database;
    if (!(await manager.existsBy(Auction, visibleAuctions(access, { id })))) {
      throw notFound('auction', id);
    }
    return this.view(manager, id, access);
  }

  async list(access: Access, query: AuctionQuery) {
    const { state, sellerId, saleId } = query;
    const where = visibleAuctions(access, given({ state, sellerId, saleId }));
    const { manager } = this.database;
    const page = await pageOfRows(manager, Auction, where, query, (auction) => auction);
    return { ...page, items: await this.views(manager, page.items, access) };
  }

  async view(tx: EntityManager, id: string, access: Access): Promise<Partial<AuctionView>> {
    const auction = await tx.findOneBy(Auction, { id });
    if (!auction) throw notFound('auction', id);
    return (await this.views(tx, [auction], access))[0]!;
  }

  /** The same few questions, however many they are. */
  private async views(
    tx: EntityManager,
    auctions: readonly Auction[],
    access: Access,
  ): Promise<Partial<AuctionView>[]> {
    const lots = await tx.findBy(Lot, { id: In(auctions.map(({ lotId }) => lotId)) });
    const lotOf = new Map(lots.map((lot) => [lot.id, lot]));
    const policyOf = await policyVersions(tx, auctions);
    return auctions.map((auction) =>
      viewOf(auction, lotOf.get(auction.lotId)!, policyOf(auction), access),
    );
  }
}

/** A seller would get out of a bad price, and a leader out of others' bids. A draft is nobody's yet. */
function mustNotBeOwn({ id }: Access, { state, sellerId, leaderId }: Auction): void {
  if (state === 'draft') return;
  mustBeForAnother(id, sellerId);
  if (leaderId !== null) mustBeForAnother(id, leaderId);
}

/** Each refusal says which bound it is. */
function refuseOddTimes(opensAt: Date, closesAt: Date, now: Date): void {
  if (closesAt <= opensAt) {
    throw new Problem(422, 'closes_before_opening', 'closesAt must lie after opensAt.');
  }
  if (closesAt.getTime() - opensAt.getTime() > durationMs(LONGEST_AUCTION)) {
    const detail = `An auction may last ${LONGEST_AUCTION} at most: let closesAt lie nearer to opensAt.`;
    throw new Problem(422, 'auction_too_long', detail);
  }
  if (closesAt.getTime() - now.getTime() > durationMs(FARTHEST_END)) {
    const detail = `closesAt must lie within ${FARTHEST_END} from now.`;
    throw new Problem(422, 'closes_too_late', detail);
  }
}

function viewOf(auction: Auction, lot: Lot, policy: Policy, access: Access): Partial<AuctionView> {
  const terms = biddingTerms(policy, {
    startPrice: auction.startPriceMinor,
    reserve: auction.reserveMinor,
  });
  const standing = {
    price: auction.priceMinor,
    leader: auction.leaderId,
    leaderMaximum: auction.leaderMaximumMinor,
    runnerUpMaximum: auction.runnerUpMaximumMinor,
  };
  return AUCTION_VIEWS.of(viewersOf(access, auction), {
    id: auction.id,
    lotId: lot.id,
    saleId: auction.saleId,
    sellerId: auction.sellerId,
    title: lot.title,
    description: lot.description,
    state: auction.state,
    currency: auction.currency,
    startPriceMinor: auction.startPriceMinor,
    priceMinor: auction.priceMinor,
    minimumBid: minimumBid(terms, standing),
    bids: auction.lastSequence,
    buyNowMinor: canBuyNow(terms, standing) ? auction.buyNowMinor : null,
    reserveMet: reserveMet(terms, standing),
    reserveMinor: auction.reserveMinor,
    leaderId: auction.leaderId,
    leading: auction.leaderId === access.id,
    opensAt: iso(auction.opensAt),
    closesAt: iso(auction.closesAt),
    closedAt: isoOrNull(auction.closedAt),
    unsoldReason: auction.unsoldReason,
    policy: { name: auction.policyName, version: auction.policyVersion },
  });
}

/** Retractions move the end, too, and number their news by the bid log. */
const END_BY_HAND = 0;

async function sellerNamed(tx: EntityManager, id: string): Promise<Seller> {
  const seller = await tx.findOneBy(Seller, { id });
  if (seller) return seller;
  throw new Problem(422, 'unknown_seller', `There is no seller ${id}: create it first.`);
}

/** In a sale lots close one after the other; one outside a sale needs a closing time of its own. */
async function staggeredEnd(tx: EntityManager, { saleId }: CreateAuction): Promise<Date> {
  if (!saleId) throw new Problem(422, 'closes_at_required', 'Give closesAt, or a saleId.');
  // Locked: of two lots added at once, one comes after the other.
  const sale = await tx.findOne(Sale, {
    where: { id: saleId },
    lock: { mode: 'for_no_key_update' },
  });
  if (!sale) throw new Problem(422, 'unknown_sale', `There is no sale ${saleId}.`);
  const before = await tx.countBy(Auction, { saleId });
  return new Date(sale.firstClosesAt.getTime() + before * sale.staggerSeconds * 1_000);
}

async function startAuction(tx: EntityManager, auction: Auction, correlationId: string) {
  const lot = await tx.findOneByOrFail(Lot, { id: auction.lotId });
  await sendLater(
    tx,
    {
      kind: 'start',
      life: 'auction',
      workflowId: workflowIds.auction(auction.id),
      input: { auctionId: auction.id },
      summary: `Auction of ${lot.title}`,
      attributes: { GavelAuction: auction.id, GavelSeller: auction.sellerId },
    },
    correlationId,
  );
}

/** A pause takes no bidding time away: the end moves by as long as the pause was. */
async function giveBackPausedTime(tx: EntityManager, id: string): Promise<void> {
  await tx.query(
    `UPDATE auction SET closes_at = closes_at + (clock_timestamp() - (
       SELECT max(at) FROM transition WHERE subject_id = auction.id::text AND event = 'pause'))
     WHERE id = $1`,
    [id],
  );
}
