import type { DataSource, EntityManager } from 'typeorm';
import { databaseNow } from '../../database/clock.ts';
import { changeState, lockSubject } from '../../database/change-state.ts';
import type { Auction, UnsoldReason } from '../../database/entities/index.ts';
import { tellBidders } from '../../services/auction/tell-bidders.ts';
import { notify, OPERATORS } from '../../database/notices.ts';
import { sendLater } from '../../database/outbox.ts';
import { durationMs } from '../../domain/common/duration.ts';
import { auctionLifecycle, type AuctionState } from '../../domain/auction/lifecycle.ts';
import { isFinal } from '../../domain/lifecycle/lifecycle.ts';
import { workflowIds } from '../../workflows/messages.ts';
import { arrived, msUntil, waitFor, workflowCause, type Look } from '../runtime/context.ts';
import { correlationHere } from '../runtime/correlation.ts';

export const createAuctionActivities = ({ database }: { database: DataSource }) => ({
  /** Opens the auction when its time has come. */
  openIfDue(auctionId: string): Promise<Look<AuctionState>> {
    return database.transaction(async (tx) => {
      const auction = await lockSubject(tx, 'auction', auctionId);
      if (auction.state !== 'scheduled') return arrived(auction.state);
      const now = await databaseNow(tx);
      if (now < auction.opensAt) return waitFor(msUntil(auction.opensAt, now));
      if (now >= auction.closesAt) return arrived(await neverOpened(tx, auction));
      if (msUntil(now, auction.opensAt) > LATE_MS) await tellLateOpening(tx, auction, now);
      await changeState(tx, 'auction', auctionId, 'open', workflowCause());
      return arrived('open');
    });
  },

  /** Closes the auction when its time has come, and decides at once: awarded, or unsold and why. */
  closeIfDue(auctionId: string): Promise<Look<AuctionState>> {
    return database.transaction(async (tx) => {
      const auction = await lockSubject(tx, 'auction', auctionId);
      if (auction.state === 'paused') return waitFor(null);
      if (auction.state !== 'open') return arrived(auction.state);
      const now = await databaseNow(tx);
      // Bids are judged by the same clock under the same lock, so none can slip in after this.
      if (now < auction.closesAt) return waitFor(msUntil(auction.closesAt, now));
      await changeState(tx, 'auction', auctionId, 'close', workflowCause(), {
        closedAt: auction.closesAt,
      });
      return arrived(await decide(tx, auction));
    });
  },

  /** Ends an awarded auction for which nobody paid. */
  endUnsold(auctionId: string, reason: UnsoldReason): Promise<void> {
    return database.transaction((tx) => endUnsold(tx, auctionId, reason));
  },
});

/** So late that operators should know: bidding time is lost, and only they may give it back. */
const LATE_MS = durationMs('PT5M');

/**
 * Its whole time has passed while nobody could open it, and no bid was possible. It is not held later, at a
 * time that nobody has been told of: its seller and the operators hear of it, and may offer the piece anew.
 */
async function neverOpened(tx: EntityManager, auction: Auction): Promise<AuctionState> {
  await endUnsold(tx, auction.id, 'never_opened');
  const text =
    `The auction was to open at ${auction.opensAt.toISOString()} and to close at ` +
    `${auction.closesAt.toISOString()}, and could not: we were out of order. No bid was lost. `;
  const about = { kind: 'never_opened' as const, subjectId: auction.id };
  await notify(tx, {
    ...about,
    recipientId: auction.sellerId,
    text: `${text}We shall offer your piece again.`,
  });
  await notify(tx, {
    ...about,
    recipientId: OPERATORS,
    text: `${text}Offer the piece again with POST /v1/auctions, at a time that suits its seller.`,
  });
  return 'unsold';
}

async function tellLateOpening(tx: EntityManager, { id, opensAt }: Auction, now: Date) {
  const minutes = Math.round(msUntil(now, opensAt) / 60_000);
  await notify(tx, {
    recipientId: OPERATORS,
    kind: 'opened_late',
    subjectId: id,
    text: `The auction has opened ${minutes} minutes late, and closes as announced. If that is too short, cancel it and offer the piece again.`,
  });
}

async function decide(tx: EntityManager, auction: Auction): Promise<AuctionState> {
  const unsold = whyUnsold(auction);
  if (unsold) {
    await endUnsold(tx, auction.id, unsold);
    await tellBidders(tx, auction, { kind: 'auction_unsold', says: UNSOLD[unsold] });
    return 'unsold';
  }
  await changeState(tx, 'auction', auction.id, 'award', workflowCause());
  await sendLater(
    tx,
    {
      kind: 'start',
      life: 'reassignment',
      workflowId: workflowIds.reassignment(auction.id),
      input: { auctionId: auction.id },
      summary: 'Finds the bidder who pays',
      attributes: { GavelAuction: auction.id, GavelSeller: auction.sellerId },
    },
    correlationHere(),
  );
  return 'awarded';
}

const UNSOLD = {
  no_bids: (piece: string) => `The auction of ${piece} has ended without a bid.`,
  reserve_not_met: (piece: string) =>
    `The auction of ${piece} has ended below its reserve: it is not sold, and no bid for it binds any more.`,
};

function whyUnsold(auction: Auction): keyof typeof UNSOLD | undefined {
  if (auction.leaderMaximumMinor === null) return 'no_bids';
  return auction.leaderMaximumMinor < (auction.reserveMinor ?? 0) ? 'reserve_not_met' : undefined;
}

/** Also called when a refund undoes a sale; an auction that has ended otherwise is left alone. */
export async function endUnsold(
  tx: EntityManager,
  auctionId: string,
  reason: UnsoldReason,
): Promise<void> {
  const { state } = await lockSubject(tx, 'auction', auctionId);
  if (isFinal(auctionLifecycle, state)) return;
  const why = workflowCause(reason.replaceAll('_', ' '));
  await changeState(tx, 'auction', auctionId, 'endUnsold', why, { unsoldReason: reason });
}
