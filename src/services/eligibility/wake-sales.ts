import type { EntityManager } from 'typeorm';
import { lookAgain, workflowIds } from '../../workflows/messages.ts';
import { sendLater } from '../../database/outbox.ts';

/** What the house has decided about bidders may end an offer or a payment of theirs: both look again. */
export async function wakeSalesOf(
  tx: EntityManager,
  bidderIds: readonly string[],
  correlationId?: string,
): Promise<void> {
  const offers = await tx.query<{ auctionId: string; paymentId: string | null }[]>(
    `SELECT offer.auction_id AS "auctionId", payment.id AS "paymentId"
     FROM offer LEFT JOIN payment ON offer_id = offer.id
     WHERE offer.bidder_id = ANY ($1) AND offer.state IN ('extended', 'accepted')`,
    [bidderIds],
  );
  for (const { auctionId, paymentId } of offers) {
    const id = paymentId ? workflowIds.payment(paymentId) : workflowIds.reassignment(auctionId);
    await sendLater(tx, lookAgain(id), correlationId);
  }
}
