import type { EntityManager } from 'typeorm';
import { minimumBid, replay, type Standing } from '../../domain/bidding.ts';
import { biddingTerms } from '../../domain/policy.ts';
import { ChangeRefused, lockSubject } from '../change-state.ts';
import { Auction, BidEntry, PolicyVersion } from '../entities/index.ts';

/** The accepted bids of an auction that no retraction has removed, in order. */
export async function survivingBids(tx: EntityManager, auctionId: string): Promise<BidEntry[]> {
  const log = await tx.find(BidEntry, { where: { auctionId }, order: { sequence: 'ASC' } });
  const lastRetraction = new Map(
    log
      .filter(({ kind }) => kind === 'retraction')
      .map((entry) => [entry.bidderId, entry.sequence]),
  );
  return log.filter(
    ({ kind, bidderId, sequence }) =>
      kind === 'bid' && sequence > (lastRetraction.get(bidderId) ?? 0),
  );
}

/**
 * R9: takes all bids of a bidder back and replays the rest. The retraction is an entry of the bid log.
 * Throws ChangeRefused when the auction is not open or the bidder has no bid in it.
 */
export async function retractBids(
  tx: EntityManager,
  request: { auctionId: string; bidderId: string; idempotencyKey: string },
): Promise<{ auction: Auction; minimumBidMinor: number }> {
  const auction = await lockSubject(tx, 'auction', request.auctionId);
  const [{ now }] = await tx.query<[{ now: Date }]>('SELECT clock_timestamp() AS now');
  if (auction.state !== 'open' || now >= auction.closesAt) {
    throw new ChangeRefused(
      'auction',
      auction.id,
      auction.state,
      'Only an open auction’s bids can be retracted.',
    );
  }
  const bids = await survivingBids(tx, auction.id);
  const remaining = bids.filter(({ bidderId }) => bidderId !== request.bidderId);
  if (remaining.length === bids.length) {
    throw new ChangeRefused(
      'auction',
      auction.id,
      auction.state,
      `${request.bidderId} has no bid here.`,
    );
  }

  const policy = await tx.findOneByOrFail(PolicyVersion, {
    name: auction.policyName,
    version: auction.policyVersion,
  });
  const terms = biddingTerms(policy.document, {
    startPrice: auction.startPriceMinor,
    reserve: auction.reserveMinor,
  });
  const standing = replay(
    terms,
    remaining.map(({ bidderId, maximumMinor }) => ({ bidder: bidderId, maximum: maximumMinor! })),
  );
  const sequence = auction.lastSequence + 1;
  await tx.query(
    `INSERT INTO bid (auction_id, sequence, kind, bidder_id, idempotency_key, placed_at, price_minor,
                      leader_id, closes_at, answer)
     VALUES ($1, $2, 'retraction', $3, $4, $5, $6, $7, $8, '{}')`,
    [
      auction.id,
      sequence,
      request.bidderId,
      request.idempotencyKey,
      now,
      standing.price,
      standing.leader,
      auction.closesAt,
    ],
  );
  const changes = { ...columns(standing), lastSequence: sequence };
  await tx.update(Auction, { id: auction.id }, changes);
  return {
    auction: Object.assign(auction, changes),
    minimumBidMinor: minimumBid(terms, standing),
  };
}

const columns = (standing: Standing) => ({
  priceMinor: standing.price,
  leaderId: standing.leader,
  leaderMaximumMinor: standing.leaderMaximum,
  runnerUpMaximumMinor: standing.runnerUpMaximum,
});
