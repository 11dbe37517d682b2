import type pg from 'pg';
import { distinct } from './circumstances.ts';
import type { LockedAuction } from './lock-auctions.ts';
import type { BidRequest } from './request.ts';

/** When there are more, it begins anew: a guard on memory. */
const MOST_AUCTIONS = 10_000;
/** How far the clock that is remembered may be from the database's. */
export const MOST_APART_MS = 1_000;

/**
 * The auctions as the last batches of a connection have left them. Whoever else has changed one since has
 * written another version of its row, and so has a database that was restored or taken over: but then the
 * connection is another, too, and all is forgotten.
 */
export class AuctionMemory {
  private readonly auctions = new Map<string, LockedAuction>();
  private connection: pg.ClientBase | undefined;
  /** The database's clock, less this process's. */
  private aheadMs = 0;

  /**
   * The auctions of these bids, taken out, in the order in which batches lock them. Undefined when not all
   * are known, or the moment may matter: so near to the end that a bid could be late, or move it.
   */
  take(bids: readonly BidRequest[], connection: pg.ClientBase): LockedAuction[] | undefined {
    if (connection !== this.connection) this.auctions.clear();
    this.connection = connection;
    const nowMs = Math.floor(performance.now() + this.aheadMs);
    const taken: LockedAuction[] = [];
    for (const id of distinct(bids.map(({ auctionId }) => auctionId)).sort()) {
      const auction = this.auctions.get(id);
      if (!auction || quietUntilMs(auction) <= nowMs + MOST_APART_MS) return undefined;
      taken.push(auction);
    }
    for (const auction of taken) {
      this.auctions.delete(auction.id);
      auction.nowMs = nowMs;
      auction.changed = false;
    }
    return taken;
  }

  /** As a batch has just left them, except those whose next bid needs more than their row. */
  keep(auctions: readonly LockedAuction[]): void {
    const last = auctions.at(-1);
    if (last) this.aheadMs = last.nowMs - performance.now();
    if (this.auctions.size + auctions.length > MOST_AUCTIONS) this.auctions.clear();
    for (const auction of auctions) {
      if (auction.changed && !auction.bought && !auction.asked)
        this.auctions.set(auction.id, auction);
    }
  }
}

/** Until then no bid is late, and none moves the end. */
export const quietUntilMs = ({ closesAtMs, softClose }: LockedAuction): number =>
  closesAtMs - (softClose?.windowMs ?? 0);
