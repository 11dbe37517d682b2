import type { DataSource, EntityManager } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { changeState, declareCause, lockSubject } from '../../database/change-state.ts';
import { Offer, Payment, type Auction } from '../../database/entities/index.ts';
import { durationMs } from '../../domain/common/duration.ts';
import type { OfferState } from '../../domain/offer/lifecycle.ts';
import { hasEnded } from '../../domain/payment/paypal-states.ts';
import { toDecimal } from '../../domain/common/money.ts';
import { saleAmounts } from '../../domain/payment/sale-amounts.ts';
import { chooseBuyer, type Chosen } from './choose-buyer.ts';
import { withdrawIfExcluded } from './withdraw.ts';
import {
  arrived,
  later,
  msUntil,
  policyOf,
  pollAfterMs,
  waitFor,
  workflowCause,
  type Look,
} from '../runtime/context.ts';
import { notify } from '../../database/notices.ts';

export const createReassignmentActivities = ({ database }: { database: DataSource }) => ({
  /** The offer that stands, or the next one; undefined when the policy or the bidders are used up. */
  extendOffer(auctionId: string): Promise<{ offerId: string } | undefined> {
    return database.transaction(async (tx) => {
      const auction = await lockSubject(tx, 'auction', auctionId);
      if (auction.state === 'unsold') return undefined; // The house has ended the sale.
      const offers = await tx.findBy(Offer, { auctionId });
      const standing = offers.find(({ state }) => ['extended', 'accepted', 'paid'].includes(state));
      if (standing) return { offerId: standing.id };

      const policy = await policyOf(tx, auction);
      const next = await chooseBuyer(tx, auction, offers, policy.secondChanceDepth);
      if (!next) return undefined;
      await declareCause(tx, workflowCause());
      if (next.kind === 'winner') return { offerId: await extendToWinner(tx, auction, next) };
      const secondChances = offers.filter(({ kind }) => kind === 'second_chance').length;
      const answerUntil = later(await databaseNow(tx), durationMs(policy.secondChanceWindow));
      const rank = secondChances + 2;
      return { offerId: await extendSecondChance(tx, auction, { ...next, rank, answerUntil }) };
    });
  },

  /** Waits for the bidder's answer; an offer whose time is up expires here. */
  awaitAnswer(offerId: string): Promise<Look<OfferState>> {
    return database.transaction(async (tx) => {
      const offer = await lockSubject(tx, 'offer', offerId);
      if (offer.state !== 'extended') return arrived(offer.state);
      if (await withdrawIfExcluded(tx, offer)) return arrived('withdrawn');
      const now = await databaseNow(tx);
      const answerUntil = offer.answerUntil ?? now;
      if (now < answerUntil) return waitFor(msUntil(answerUntil, now));
      await changeState(tx, 'offer', offerId, 'expire', workflowCause('no answer in time'));
      return arrived('expired');
    });
  },

  /** Waits for a payment whose workflow is under way without us: what has become of its offer. */
  async awaitPayment(paymentId: string): Promise<Look<OfferState>> {
    const payment = await database.manager.findOneByOrFail(Payment, { id: paymentId });
    const { state, capturedAt, createdAt, offerId } = payment;
    if (capturedAt || hasEnded(state)) {
      return arrived((await database.manager.findOneByOrFail(Offer, { id: offerId })).state);
    }
    return waitFor(pollAfterMs(createdAt, await databaseNow(database)));
  },

  /** The payment of an accepted offer; its window begins now. Undefined: the house has withdrawn it. */
  openPayment(
    offerId: string,
  ): Promise<{ paymentId: string; summary: string; sellerId: string } | undefined> {
    return database.transaction(async (tx) => {
      const offer = await lockSubject(tx, 'offer', offerId);
      if (offer.state === 'withdrawn') return undefined;
      const auction = await lockSubject(tx, 'auction', offer.auctionId);
      const payment =
        (await tx.findOneBy(Payment, { offerId })) ?? (await createPayment(tx, auction, offer));
      const amount = `${toDecimal(payment.amountMinor, payment.currency)} ${payment.currency}`;
      return {
        paymentId: payment.id,
        sellerId: payment.sellerId,
        summary: `${offer.bidderId} is to pay ${amount}`,
      };
    });
  },
});

async function extendToWinner(
  tx: EntityManager,
  auction: Auction,
  winner: Chosen,
): Promise<string> {
  const offerId = await insertOffer(tx, auction, { ...winner, rank: 1, answerUntil: null });
  await changeState(tx, 'offer', offerId, 'accept', workflowCause('the winning bid binds'));
  return offerId;
}

async function extendSecondChance(
  tx: EntityManager,
  auction: Auction,
  next: Chosen & { rank: number; answerUntil: Date },
): Promise<string> {
  const offerId = await insertOffer(tx, auction, next);
  const price = `${toDecimal(next.priceMinor, auction.currency)} ${auction.currency}`;
  await notify(tx, {
    recipientId: next.bidderId,
    kind: 'second_chance',
    subjectId: offerId,
    text: `The piece is free again. You may buy at your bid of ${price}; answer by ${next.answerUntil.toISOString()}.`,
  });
  return offerId;
}

async function insertOffer(
  tx: EntityManager,
  auction: Auction,
  offer: Pick<Offer, 'bidderId' | 'priceMinor' | 'rank' | 'kind' | 'answerUntil'>,
): Promise<string> {
  const { identifiers } = await tx.insert(Offer, {
    ...offer,
    auctionId: auction.id,
    currency: auction.currency,
  });
  return identifiers[0]!.id as string;
}

async function createPayment(tx: EntityManager, auction: Auction, offer: Offer): Promise<Payment> {
  const policy = await policyOf(tx, auction);
  const amounts = saleAmounts(offer.priceMinor, policy, await regionOf(tx, offer.bidderId));
  await declareCause(tx, workflowCause());
  const { identifiers } = await tx.insert(Payment, {
    offerId: offer.id,
    auctionId: auction.id,
    bidderId: offer.bidderId,
    sellerId: auction.sellerId,
    currency: auction.currency,
    amountMinor: amounts.totalMinor,
    hammerPriceMinor: amounts.hammerPriceMinor,
    buyersPremiumMinor: amounts.buyersPremiumMinor,
    premiumTaxMinor: amounts.premiumTaxMinor,
    premiumTaxRegion: amounts.premiumTaxRegion,
    sellersCommissionMinor: amounts.sellersCommissionMinor,
    platformFeeMinor: amounts.platformFeeMinor,
    payUntil: later(await databaseNow(tx), durationMs(policy.paymentWindow)),
  });
  return tx.findOneByOrFail(Payment, { id: identifiers[0]!.id as string });
}

async function regionOf(tx: EntityManager, bidderId: string): Promise<string | null> {
  const [known] = await tx.query<{ region: string | null }[]>(
    'SELECT region FROM bidder_region WHERE bidder_id = $1',
    [bidderId],
  );
  return known?.region ?? null;
}
