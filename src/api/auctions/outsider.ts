import type { EntityManager } from 'typeorm';
import { mustBeForAnother } from '../http/not-for-oneself.ts';

/**
 * Whoever takes the piece from somebody must neither sell it nor have bid for it: it may go to them next.
 * Throws a Problem.
 */
export async function mustBeOutsider(
  tx: EntityManager,
  actorId: string,
  auctionId: string,
): Promise<void> {
  const parties = await tx.query<unknown[]>(
    `SELECT FROM auction WHERE id = $1 AND (seller_id = $2
       OR EXISTS (SELECT FROM bid WHERE auction_id = $1 AND bidder_id = $2))`,
    [auctionId, actorId],
  );
  if (parties.length > 0) mustBeForAnother(actorId, actorId);
}
