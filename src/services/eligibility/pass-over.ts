import type { EntityManager } from 'typeorm';
import type { Ineligibility } from '../../domain/eligibility/may-buy.ts';

export type PassOverReason = Ineligibility | 'below_reserve' | 'bid_retracted';

export interface PassedOver {
  readonly auctionId: string;
  readonly bidderId: string;
  readonly reason: PassOverReason;
  readonly at: Date;
}

/** Notes who was not offered a piece, or lost the offer, and why; the last reason counts. */
export async function passOver(
  tx: EntityManager,
  { auctionId, bidderId, reason }: Omit<PassedOver, 'at'>,
): Promise<void> {
  await tx.query(
    `INSERT INTO passed_over (auction_id, bidder_id, reason) VALUES ($1, $2, $3)
     ON CONFLICT (auction_id, bidder_id)
     DO UPDATE SET reason = EXCLUDED.reason, at = EXCLUDED.at
     WHERE passed_over.reason <> EXCLUDED.reason`,
    [auctionId, bidderId, reason],
  );
}

/** Who was passed over in these auctions, in order. */
export const passedOverIn = (
  manager: EntityManager,
  auctionIds: readonly string[],
): Promise<PassedOver[]> =>
  manager.query(
    `SELECT auction_id AS "auctionId", bidder_id AS "bidderId", reason, at
     FROM passed_over WHERE auction_id = ANY ($1) ORDER BY at, bidder_id`,
    [auctionIds],
  );
