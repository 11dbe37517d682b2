import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DatabaseClock } from '../../services/live/database-clock.ts';
import type { LiveAuction } from '../../services/live/read-auctions.ts';
import { LiveStream } from './live-stream.ts';
import { WatchedAuction } from './watched-auction.ts';
import { WatchedList } from './watched-list.ts';

/** A client whose operating system takes a write only when told to. */
class SlowResponse {
  readonly written: string[] = [];
  readonly destroyed = false;
  readonly writableEnded = false;
  private readonly taken: (() => void)[] = [];

  write(text: string, encoding: BufferEncoding, taken: () => void): boolean {
    expect(Buffer.from(text, encoding).toString()).toBe(text);
    this.written.push(text);
    this.taken.push(taken);
    return false;
  }

  take(): void {
    this.taken.shift()!();
  }
}

const stateAfter = (sequence: number): LiveAuction => ({
  id: 'auction',
  state: 'open',
  isPublished: true,
  currency: 'EUR',
  terms: {
    startPrice: 1_000,
    reserve: null,
    increments: [{ from: 0, increment: 100 }],
    ownRaise: 'keepsPrice',
    belowReserve: 'ordinary',
  },
  priceMinor: 1_000,
  leaderId: 'ann',
  closesAt: new Date('2026-01-01T00:00:00Z'),
  extensions: 0,
  sequence,
  changes: 0,
  bidders: sequence === 1 ? ['ann'] : [],
});

describe('a stream', () => {
  let response: SlowResponse;
  let auction: WatchedAuction;
  let stream: LiveStream;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    response = new SlowResponse();
    auction = new WatchedAuction('auction', new DatabaseClock());
    auction.update(stateAfter(1));
    const list = new WatchedList([auction]);
    stream = new LiveStream(
      response as unknown as ServerResponse,
      'ann',
      list,
      Date.now() + 3_600_000,
    );
    stream.begin([undefined], new Map());
  });
  afterEach(() => vi.useRealTimers());

  const afterBid = (sequence: number) => {
    const before = auction.version;
    auction.update(stateAfter(sequence));
    stream.changed(auction, before);
    stream.tell();
  };

  it('has one write under way at most, and then sends the newest state only', () => {
    for (let sequence = 2; sequence <= 1_000; sequence += 1) afterBid(sequence);
    expect(response.written).toHaveLength(1);
    response.take();
    expect(response.written).toHaveLength(2);
    expect(response.written[1]).toMatch(/^id: 1000\.0\n/);
    expect(response.written[1]).toContain('"leading":true,"coalesced":true');
    response.take();
    expect(response.written).toHaveLength(2);
  });

  it('says nothing twice', () => {
    response.take();
    stream.changed(auction, auction.version);
    stream.tell();
    expect(response.written).toHaveLength(1);
  });

  it('breaks a silence of 15 seconds with a comment', () => {
    response.take();
    vi.advanceTimersByTime(14_000);
    expect(stream.keepAlive()).toBe(true);
    expect(response.written).toHaveLength(1);
    vi.advanceTimersByTime(1_000);
    expect(stream.keepAlive()).toBe(true);
    expect(response.written[1]).toBe(':\n\n');
  });

  it('is at its end when the reader takes nothing for a minute', () => {
    vi.advanceTimersByTime(59_000);
    expect(stream.keepAlive()).toBe(true);
    expect(response.written).toHaveLength(1);
    vi.advanceTimersByTime(1_000);
    expect(stream.keepAlive()).toBe(false);
  });

  it('is at its end after half an hour, so that it does not outlive its token by more', () => {
    response.take();
    vi.advanceTimersByTime(26 * 60_000);
    expect(stream.keepAlive()).toBe(true);
    response.take();
    vi.advanceTimersByTime(4 * 60_000);
    expect(stream.keepAlive()).toBe(false);
  });
});
