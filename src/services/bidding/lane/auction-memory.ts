import type pg from 'pg';
import { distinct } from './circumstances.ts';
import type { BatchAuction } from './lock-auctions.ts';
import type { BidRequest } from './request.ts';

/** When there are more auctions or people, it begins anew: a guard on memory. */
const MOST = 10_000;
/** How far the clock by which a bid is dated from memory may be from the database's. */
export const MOST_APART_MS = 250;

/**
 * The auctions as the last batches of a connection have left them. Whoever else has changed one since has
 * written another version of its row, and so has a database that was restored or taken over: but then the
 * connection is another, too, and all is forgotten.
 */
export class AuctionMemory {
  private readonly auctions = new Map<string, BatchAuction>();
  /** Of whom the house had decided something when they last bid, so that it is worth no try. */
  private readonly decidedAbout = new Set<string>();
  private connection: pg.ClientBase | undefined;
  /** The database's clock, less this process's, when it was last read. */
  private aheadMs = 0;

  /**
   * The auctions of these bids, taken out, in the order in which batches lock them. Undefined when a batch
   * has to read: not all are known, the moment may matter (so near to the end that a bid could be late, or
   * move it), somebody buys now, or the house has decided something about who bids or leads.
   */
  take(bids: readonly BidRequest[], connection: pg.ClientBase): BatchAuction[] | undefined {
    if (connection !== this.connection) this.auctions.clear();
    this.connection = connection;
    if (bids.some(({ kind, bidderId }) => kind === 'buy_now' || this.decidedAbout.has(bidderId))) {
      return undefined;
    }
    const nowMs = Math.floor(performance.now() + this.aheadMs);
    const taken: BatchAuction[] = [];
    for (const id of distinct(bids.map(({ auctionId }) => auctionId)).sort()) {
      const auction = this.auctions.get(id);
      if (!auction || quietUntilMs(auction) <= nowMs + MOST_APART_MS) return undefined;
      if (this.decidedAbout.has(auction.standing.leader ?? '')) return undefined;
      taken.push(auction);
    }
    for (const auction of taken) {
      this.auctions.delete(auction.id);
      auction.nowMs = nowMs;
      auction.changed = false;
    }
    return taken;
  }

  /** As a batch has just left them. */
  keep(auctions: readonly BatchAuction[]): void {
    if (this.auctions.size + auctions.length > MOST) this.auctions.clear();
    for (const auction of auctions) {
      const known = auction.changed && !auction.bought && !auction.asked;
      if (known) this.auctions.set(auction.id, auction);
      else this.auctions.delete(auction.id);
    }
  }

  /** What a batch has just read: the database's clock, and about who bids. */
  learn(
    bids: readonly BidRequest[],
    auctions: ReadonlyMap<string, BatchAuction>,
    decidedAbout: ReadonlySet<string>,
  ): void {
    const clocks = [...auctions.values()].map(({ nowMs }) => nowMs);
    if (clocks.length > 0) this.aheadMs = Math.max(...clocks) - performance.now();
    if (this.decidedAbout.size + decidedAbout.size > MOST) this.decidedAbout.clear();
    for (const { bidderId } of bids) this.decidedAbout.delete(bidderId);
    for (const person of decidedAbout) this.decidedAbout.add(person);
  }
}

/** Until then no bid is late, and none moves the end. */
const quietUntilMs = ({ closesAtMs, softClose }: BatchAuction): number =>
  closesAtMs - (softClose?.windowMs ?? 0);
