import type { AuctionState } from '../../domain/auction/lifecycle.ts';
import type { AuctionInput } from '../messages.ts';
import { listenForNews } from '../runtime/news.ts';
import { database } from '../runtime/proxies.ts';
import { showState } from '../runtime/show-state.ts';

/**
 * Waits for the opening, opens; waits for the closing time, closes. A bid may have moved the end, an
 * operator may have paused or cancelled: the database says so at every look. A sale is handed to
 * reassignment by the transaction that closes.
 */
export async function auction({ auctionId }: AuctionInput): Promise<AuctionState> {
  const news = listenForNews();

  const opened = await news.watch(() => database.openIfDue(auctionId));
  showState(opened);

  const closed = await news.watch(() => database.closeIfDue(auctionId));
  return showState(closed);
}
