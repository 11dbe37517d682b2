import type { EntityManager } from 'typeorm';
import { bidLog } from '../../services/bidding/bid-log.ts';
import { passOver, type PassOverReason } from '../../services/eligibility/pass-over.ts';
import { whyMayNotBuy } from '../../services/eligibility/read-buyers.ts';
import type { Auction, Offer } from '../../database/entities/index.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { lineOf } from '../../domain/eligibility/in-line.ts';
import { EXPLAINED } from '../../domain/eligibility/may-buy.ts';

export type Chosen = Pick<Offer, 'bidderId' | 'priceMinor' | 'kind'>;

/**
 * To whom the piece is offered next: the winner, then as many others as the policy says, each at the own
 * bid, as on eBay. Whoever may not buy is passed over, and it is noted why.
 */
export async function chooseBuyer(
  tx: EntityManager,
  auction: Auction,
  offers: readonly Offer[],
  secondChanceDepth: number,
): Promise<Chosen | undefined> {
  if (offers.length === 0) {
    const winnersRefusal = await whyMayNotBuy(tx, auction, auction.leaderId!);
    if (!winnersRefusal) {
      return { bidderId: auction.leaderId!, priceMinor: auction.priceMinor, kind: 'winner' };
    }
    await passOver(tx, {
      auctionId: auction.id,
      bidderId: auction.leaderId!,
      reason: winnersRefusal,
    });
    await notify(tx, {
      recipientId: OPERATORS,
      kind: 'buyer_passed_over',
      subjectId: auction.id,
      text: `The winner ${auction.leaderId} may not buy. ${EXPLAINED[winnersRefusal]} The piece goes to the next bidder.`,
    });
  }
  const asked = offers.filter(({ kind }) => kind === 'second_chance');
  return asked.length < secondChanceDepth ? nextInLine(tx, auction, offers) : undefined;
}

async function nextInLine(
  tx: EntityManager,
  auction: Auction,
  offers: readonly Offer[],
): Promise<Chosen | undefined> {
  const over = new Set([auction.leaderId, ...offers.map(({ bidderId }) => bidderId)]);
  const line = lineOf(await bidLog(tx, auction.id));
  for (const { bidderId, priceMinor } of line.filter((each) => !over.has(each.bidderId))) {
    const reason = await whyNot(tx, auction, bidderId, priceMinor);
    if (!reason) return { bidderId, priceMinor: priceMinor!, kind: 'second_chance' };
    await passOver(tx, { auctionId: auction.id, bidderId, reason });
  }
  return undefined;
}

async function whyNot(
  tx: EntityManager,
  auction: Auction,
  bidderId: string,
  priceMinor: number | null,
): Promise<PassOverReason | undefined> {
  if (priceMinor === null) return 'bid_retracted';
  if (priceMinor < (auction.reserveMinor ?? 0)) return 'below_reserve';
  return whyMayNotBuy(tx, auction, bidderId, priceMinor);
}
