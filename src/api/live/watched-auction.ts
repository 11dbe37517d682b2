import type { DatabaseClock } from '../../services/live/database-clock.ts';
import { UNKNOWN, type LiveAuction, type Version } from '../../services/live/read-auctions.ts';
import type { LiveEntry } from '../../services/live/read-entries.ts';
import { minimumBid } from '../../domain/bidding/bidding.ts';
import type { LiveState } from './live.schemas.ts';
import type { WatchedList } from './watched-list.ts';

/** Streams that are written to within this time share an event, and with it its server time. */
const SHARED_FOR_MS = 20;

/** An auction that somebody watches: its newest state, and in which lists. */
export class WatchedAuction {
  readonly lists = new Set<WatchedList>();
  private auction: LiveAuction | undefined;
  private readonly aliases = new Map<string, string>();
  private shared: { readonly text: string; readonly atMs: number } | undefined;

  constructor(
    readonly id: string,
    private readonly clock: DatabaseClock,
  ) {}

  /** Has it been found in the database, and been published? Nothing happens in a draft. */
  get exists(): boolean {
    return this.auction?.isPublished ?? false;
  }

  get version(): Version {
    return this.auction ?? UNKNOWN;
  }

  /** Takes over what was read since the version that this auction had. */
  update(read: LiveAuction): void {
    this.auction = read;
    this.shared = undefined;
    for (const bidder of read.bidders) {
      if (!this.aliases.has(bidder)) this.aliases.set(bidder, `bidder ${this.aliases.size + 1}`);
    }
  }

  /** The event of the newest state. All but two words of it is made once for all streams. */
  newest(callerId: string, coalesced: boolean): string {
    const atMs = this.clock.nowMs();
    if (!this.shared || atMs - this.shared.atMs > SHARED_FOR_MS) {
      this.shared = { text: this.beginning(this.auction!, atMs), atMs };
    }
    return ended(this.shared.text, this.auction!.leaderId === callerId, coalesced);
  }

  /** The event of an entry of the bid log that the stream had missed. */
  entry(entry: LiveEntry, callerId: string): string {
    // Bids are only taken, and taken back, while the auction is open.
    const then = { ...this.auction!, ...entry, state: 'open' as const };
    return ended(this.beginning(then, this.clock.nowMs()), entry.leaderId === callerId, false);
  }

  private beginning(auction: LiveAuction, atMs: number): string {
    const { terms, priceMinor, leaderId } = auction;
    const standing = {
      price: priceMinor,
      leader: leaderId,
      leaderMaximum: null,
      runnerUpMaximum: null,
    };
    const state: Omit<LiveState, 'leading' | 'coalesced'> = {
      auctionId: auction.id,
      state: auction.state,
      currency: auction.currency as LiveState['currency'],
      priceMinor,
      minimumBid: minimumBid(terms, standing),
      leader: leaderId === null ? null : (this.aliases.get(leaderId) ?? null),
      bids: auction.sequence,
      // R7 lifts the price to a reserve that is met, so the price tells; no maximum is needed.
      reserveMet: terms.reserve === null || (leaderId !== null && priceMinor >= terms.reserve),
      closesAt: auction.closesAt.toISOString(),
      extensions: auction.extensions,
      serverTime: new Date(atMs).toISOString(),
    };
    return `event: auction\ndata: ${JSON.stringify(state).slice(0, -1)}`;
  }
}

const ended = (beginning: string, leading: boolean, coalesced: boolean): string =>
  `${beginning},"leading":${leading},"coalesced":${coalesced}}\n\n`;
