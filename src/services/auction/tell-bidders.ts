import type { EntityManager } from 'typeorm';
import { Lot, type Auction, type NoticeKind } from '../../database/entities/index.ts';

/** What may happen to an auction that those who have bid in it, or sell in it, rely on. */
type AuctionNews = Extract<NoticeKind, `auction_${string}`>;

/**
 * Tells everyone who has bid in an auction, and its seller, in one statement however many they are. Once
 * for each of the auction's changes that has the same number.
 */
export async function tellBidders(
  tx: EntityManager,
  auction: Pick<Auction, 'id' | 'lotId' | 'sellerId'>,
  news: { kind: AuctionNews; occasion?: number; says: (piece: string) => string },
): Promise<void> {
  const { title } = await tx.findOneByOrFail(Lot, { id: auction.lotId });
  await tx.query(
    `INSERT INTO notice (recipient_id, kind, subject_id, occasion, text)
     SELECT recipient, $3, $1, $4, $5
     FROM (SELECT bidder_id FROM bid WHERE auction_id = $1::uuid UNION SELECT $2) AS told (recipient)
     ON CONFLICT DO NOTHING`,
    [auction.id, auction.sellerId, news.kind, news.occasion ?? 1, news.says(`“${title}”`)],
  );
}

/** How often this has happened to the auction, by the record of its changes. */
export async function occasionOf(
  tx: EntityManager,
  auctionId: string,
  event: string,
): Promise<number> {
  const [found] = await tx.query<{ times: number }[]>(
    'SELECT count(*)::int AS times FROM transition WHERE subject_id = $1 AND event = $2',
    [auctionId, event],
  );
  return found!.times;
}
