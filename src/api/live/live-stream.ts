import type { ServerResponse } from 'node:http';
import type { Version } from '../../database/live/read-auctions.ts';
import type { LiveEntry } from '../../database/live/read-entries.ts';
import { eventId } from './event-id.ts';
import type { WatchedAuction } from './watched-auction.ts';

/** Proxies close what is silent for a minute or less. */
const HEARTBEAT_AFTER_MS = 15_000;
/** A reader that takes nothing for so long is gone; a living one comes back with its last event id. */
const LONGEST_STALL_MS = 60_000;
/** A stream outlives its token by no more than this; the client comes back with a new one. */
const LONGEST_LIFE_MS = 30 * 60_000;
/** Clients that lost a process come back spread over this time. */
const RETRY_WITHIN_MS = 3_000;

/**
 * One client's stream. At most one write is under way: what happens meanwhile is remembered as "this
 * auction has changed", and the newest state is sent once the reader has taken the write before. So a
 * slow reader costs one event of memory and nobody's time.
 */
export class LiveStream {
  /** What the client has been told of each auction, in the order of its event id. */
  private readonly told = new Map<WatchedAuction, Version | undefined>();
  private readonly changedSince = new Set<WatchedAuction>();
  private writing = false;
  private wroteAtMs = performance.now();
  private readonly endsAtMs = performance.now() + LONGEST_LIFE_MS * (0.9 + Math.random() / 10);

  constructor(
    private readonly response: ServerResponse,
    private readonly callerId: string,
  ) {}

  /** Sends what the client has missed, then the newest state where it does not know it yet. */
  begin(
    auctions: readonly WatchedAuction[],
    since: readonly (Version | undefined)[],
    missed: ReadonlyMap<WatchedAuction, readonly LiveEntry[]>,
  ): void {
    auctions.forEach((auction, i) => this.told.set(auction, since[i]));
    let text = `retry: ${Math.ceil(500 + Math.random() * RETRY_WITHIN_MS)}\n\n`;
    for (const auction of auctions) {
      for (const entry of missed.get(auction) ?? []) text += this.entry(auction, entry);
      text += this.newest(auction);
    }
    this.write(text);
  }

  /** To be told when it is the stream's turn. */
  changed(auction: WatchedAuction): void {
    this.changedSince.add(auction);
  }

  /** Says what is new, unless the reader has yet to take what was said before. */
  tell(): void {
    if (this.writing || this.response.writableEnded || this.response.destroyed) return;
    let text = '';
    for (const auction of this.changedSince) text += this.newest(auction);
    this.changedSince.clear();
    if (text) this.write(text);
  }

  /** Called every second or so. Returns false when the stream is at its end. */
  keepAlive(): boolean {
    const nowMs = performance.now();
    const quietForMs = nowMs - this.wroteAtMs;
    if (this.writing) return quietForMs < LONGEST_STALL_MS;
    if (nowMs > this.endsAtMs) return false;
    if (quietForMs >= HEARTBEAT_AFTER_MS) this.write(':\n\n');
    return true;
  }

  private newest(auction: WatchedAuction): string {
    const { version } = auction;
    const before = this.told.get(auction);
    if (before?.sequence === version.sequence && before.changes === version.changes) return '';
    this.told.set(auction, { sequence: version.sequence, changes: version.changes });
    const coalesced = before !== undefined && version.sequence - before.sequence > 1;
    return this.withId(auction.newest(this.callerId, coalesced));
  }

  /** Changes that were no bids are not known to the log: they stay to be told with the newest state. */
  private entry(auction: WatchedAuction, entry: LiveEntry): string {
    const { changes } = this.told.get(auction)!;
    this.told.set(auction, { sequence: entry.sequence, changes });
    return this.withId(auction.entry(entry, this.callerId));
  }

  private withId(event: string): string {
    return `id: ${eventId(this.told.values())}\n${event}`;
  }

  private write(text: string): void {
    this.writing = true;
    this.wroteAtMs = performance.now();
    // Called back when the operating system has taken all of it, which is later than write() returns
    // for a reader that does not keep up. An event is ASCII, and Latin-1 costs a third less to write.
    this.response.write(text, 'latin1', () => {
      this.writing = false;
      if (this.changedSince.size > 0) this.tell();
    });
  }
}
