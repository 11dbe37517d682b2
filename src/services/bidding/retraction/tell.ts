import type { EntityManager } from 'typeorm';
import { tellBidders } from '../../auction/tell-bidders.ts';
import type { Auction } from '../../../database/entities/index.ts';
import { notify } from '../../../database/notices.ts';

/** Who loses bids without having asked for it is told; and everyone, when the end has moved. */
export async function tellRetraction(
  tx: EntityManager,
  auction: Auction,
  { losers, moved }: { losers: readonly string[]; moved: boolean },
): Promise<void> {
  const occasion = auction.lastSequence;
  for (const recipientId of losers) {
    await notify(tx, {
      recipientId,
      kind: 'bids_retracted',
      subjectId: auction.id,
      occasion,
      text: 'The house has taken your bids in this auction back: they do not bind you, and you may bid again.',
    });
  }
  if (!moved) return;
  await tellBidders(tx, auction, {
    kind: 'auction_end_moved',
    occasion,
    says: (piece) =>
      `A bid for ${piece} was taken back. You may bid until ${auction.closesAt.toISOString()}.`,
  });
}
