import type { EntityManager } from 'typeorm';
import { occasionOf, tellBidders } from '../../services/auction/tell-bidders.ts';
import { Auction } from '../../database/entities/index.ts';

export type Intervention = 'pause' | 'resume' | 'cancel';

/** What an operator does to an auction is news to all who rely on it. */
export async function tellIntervention(
  tx: EntityManager,
  id: string,
  event: Intervention,
): Promise<void> {
  const auction = await tx.findOneByOrFail(Auction, { id });
  await tellBidders(tx, auction, {
    kind: NEWS[event],
    occasion: await occasionOf(tx, id, event),
    says: (piece) => sentence(event, piece, auction.closesAt.toISOString()),
  });
}

const NEWS = {
  pause: 'auction_paused',
  resume: 'auction_resumed',
  cancel: 'auction_cancelled',
} as const;

function sentence(event: Intervention, piece: string, closesAt: string): string {
  switch (event) {
    case 'pause':
      return `The auction of ${piece} is paused: it takes no bids until the house resumes it, and its end waits.`;
    case 'resume':
      return `The auction of ${piece} takes bids again; it ends at ${closesAt}.`;
    case 'cancel':
      return `The house has cancelled the auction of ${piece}: it is not sold, and no bid for it binds any more.`;
  }
}
