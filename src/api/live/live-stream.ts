import type { ServerResponse } from 'node:http';
import type { Version } from '../../services/live/read-auctions.ts';
import type { LiveEntry } from '../../services/live/read-entries.ts';
import type { WatchedAuction } from './watched-auction.ts';
import type { Told, WatchedList } from './watched-list.ts';

/** Proxies close what is silent for a minute or less. */
const HEARTBEAT_AFTER_MS = 15_000;
/** A reader that takes nothing for so long is gone; a living one comes back with its last event id. */
const LONGEST_STALL_MS = 60_000;
/** It ends with its token, and after this at the latest: the client comes back, perhaps elsewhere. */
const LONGEST_LIFE_MS = 30 * 60_000;
/** Clients that lost a process come back spread over this time. */
const RETRY_WITHIN_MS = 3_000;

/**
 * One client's stream. At most one write is under way: what happens meanwhile is remembered as "this
 * auction has changed", and the newest state is sent once the reader has taken the write before. So a
 * slow reader costs one event of memory and nobody's time.
 */
export class LiveStream {
  /** What has changed since the client was told, with what it knows of it. */
  private readonly changedSince = new Map<WatchedAuction, Version>();
  private writing = false;
  private wroteAtMs = performance.now();
  private readonly endsAtMs: number;

  constructor(
    private readonly response: ServerResponse,
    private readonly callerId: string,
    private readonly list: WatchedList,
    tokenExpiresAtMs: number,
  ) {
    const lifeMs = LONGEST_LIFE_MS * (0.9 + Math.random() / 10);
    this.endsAtMs = performance.now() + Math.min(lifeMs, tokenExpiresAtMs - Date.now());
  }

  /** Sends what the client has missed, then the newest state where it does not know it yet. */
  begin(
    since: readonly (Version | undefined)[],
    missed: ReadonlyMap<WatchedAuction, readonly LiveEntry[]>,
  ): void {
    const { auctions } = this.list;
    const told: Told = new Map(auctions.map((auction, i) => [auction, since[i]]));
    let events = '';
    for (const auction of auctions) {
      for (const entry of missed.get(auction) ?? []) events += this.entry(auction, entry, told);
      events += this.newest(auction, told);
    }
    const retry = `retry: ${Math.ceil(500 + Math.random() * RETRY_WITHIN_MS)}\n\n`;
    this.write(retry + this.list.written(events));
  }

  /** To be told when it is the stream's turn. */
  changed(auction: WatchedAuction, before: Version): void {
    if (!this.changedSince.has(auction)) this.changedSince.set(auction, before);
  }

  /** Says what is new, unless the reader has yet to take what was said before. */
  tell(): void {
    if (this.writing || this.response.writableEnded || this.response.destroyed) return;
    const told = this.list.told(this.changedSince);
    let events = '';
    for (const auction of this.changedSince.keys()) events += this.newest(auction, told);
    this.changedSince.clear();
    if (events) this.write(this.list.written(events));
  }

  /** Called every second or so. Returns false when the stream is at its end. */
  keepAlive(): boolean {
    const nowMs = performance.now();
    const quietForMs = nowMs - this.wroteAtMs;
    if (nowMs > this.endsAtMs || this.list.problem) return false;
    if (this.writing) return quietForMs < LONGEST_STALL_MS;
    if (quietForMs >= HEARTBEAT_AFTER_MS) this.write(':\n\n');
    return true;
  }

  private newest(auction: WatchedAuction, told: Told): string {
    const { version } = auction;
    const before = told.get(auction);
    if (before?.sequence === version.sequence && before.changes === version.changes) return '';
    told.set(auction, version);
    const knewIt = before !== undefined && before.sequence >= 0;
    const coalesced = knewIt && version.sequence - before.sequence > 1;
    return this.list.event(auction.newest(this.callerId, coalesced), told);
  }

  /** Changes that were no bids are not known to the log: they stay to be told with the newest state. */
  private entry(auction: WatchedAuction, entry: LiveEntry, told: Told): string {
    const { changes } = told.get(auction)!;
    told.set(auction, { sequence: entry.sequence, changes });
    return this.list.event(auction.entry(entry, this.callerId), told);
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
