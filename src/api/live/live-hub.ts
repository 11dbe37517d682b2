import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import type { Logger } from 'pino';
import { BidLane } from '../../database/bidding/bid-lane.ts';
import { DatabaseClock } from '../../database/live/database-clock.ts';
import { LiveChannel } from '../../database/live/live-channel.ts';
import { readChanged, type LiveAuction, type Version } from '../../database/live/read-auctions.ts';
import { readEntries, type LiveEntry } from '../../database/live/read-entries.ts';
import { LOG, POOL } from '../dependencies.ts';
import { Problem } from '../http/problem.ts';
import { missedBy, planCatchUp, rangesFor } from './catch-up.ts';
import type { LiveStream } from './live-stream.ts';
import { Teller } from './teller.ts';
import { WatchedAuction } from './watched-auction.ts';

/** Should an announcement be lost, this is how late a stream gets. */
const LOOK_EVERY_MS = 1_000;
/** However many bids there are, the database is asked no more often. */
const PAUSE_BETWEEN_ROUNDS_MS = 20;
const LARGEST_READ = 1_000;
/** What a stream begins with. */
export interface Beginning {
  readonly since: readonly (Version | undefined)[];
  readonly missed: ReadonlyMap<WatchedAuction, readonly LiveEntry[]>;
}

interface Joiner {
  readonly auctions: readonly WatchedAuction[];
  readonly since: readonly (Version | undefined)[];
  readonly begin: (beginning: Beginning) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Keeps the newest state of every auction that somebody watches, in rounds: a round reads, with one
 * query for all of them, the auctions that are said to have changed, and tells their streams. However
 * many bids and watchers there are, the database sees the same few queries.
 */
@Injectable()
export class LiveHub implements OnModuleInit, OnModuleDestroy {
  private readonly watched = new Map<string, WatchedAuction>();
  private readonly due = new Set<WatchedAuction>();
  private readonly clock = new DatabaseClock();
  private readonly teller = new Teller();
  private readonly channel: LiveChannel;
  private joiners: Joiner[] = [];
  private rounds: Promise<void> | undefined;
  private look: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    @Inject(POOL) private readonly pool: pg.Pool,
    @Inject(LOG) private readonly log: Logger,
    private readonly lane: BidLane,
  ) {
    this.channel = new LiveChannel({
      pool,
      log,
      heard: (ids) => this.haveChanged(ids),
      listening: () => this.lookAtAll(),
    });
  }

  onModuleInit(): void {
    this.channel.start();
    this.lane.onCommit = (ids) => {
      this.haveChanged(ids);
      this.channel.announce(ids);
    };
    this.look = setInterval(() => this.lookAtAll(), LOOK_EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    clearInterval(this.look);
    await Promise.all([this.channel.stop(), this.rounds]);
    for (const { fail } of this.joiners) fail(stopping());
  }

  /** Watched from now on. Leave them afterwards, whatever comes of it. */
  watch(ids: readonly string[]): WatchedAuction[] {
    return ids.map((id) => {
      const auction = this.watched.get(id) ?? new WatchedAuction(id, this.clock);
      this.watched.set(id, auction);
      auction.watchers += 1;
      return auction;
    });
  }

  /** The stream is told of these auctions until it leaves them. */
  enter(auctions: readonly WatchedAuction[], stream: LiveStream): void {
    for (const auction of auctions) {
      auction.watchers += 1;
      auction.streams.add(stream);
    }
  }

  /** Whoever has watched, or this stream, does so no more. */
  leave(auctions: readonly WatchedAuction[], stream?: LiveStream): void {
    for (const auction of auctions) {
      auction.watchers -= 1;
      if (stream) auction.streams.delete(stream);
      if (auction.watchers > 0) continue;
      this.watched.delete(auction.id);
      this.due.delete(auction);
    }
  }

  /**
   * Resolves after a round that began after this call, so that the auctions are no older than the call.
   * The stream must begin in the same turn, or it misses the next round.
   */
  join(
    auctions: readonly WatchedAuction[],
    since: readonly (Version | undefined)[],
  ): Promise<Beginning> {
    return new Promise((begin, fail) => {
      if (this.stopped) return fail(stopping());
      this.joiners.push({ auctions, since, begin, fail });
      this.areDue(auctions);
    });
  }

  private haveChanged(ids: readonly string[]): void {
    this.areDue(ids.flatMap((id) => this.watched.get(id) ?? []));
  }

  private lookAtAll(): void {
    this.areDue(this.watched.values());
  }

  private areDue(auctions: Iterable<WatchedAuction>): void {
    for (const auction of auctions) this.due.add(auction);
    if (this.due.size > 0 && !this.stopped) this.rounds ??= this.goRound();
  }

  private async goRound(): Promise<void> {
    while (this.due.size > 0 && !this.stopped) {
      const done = await this.round();
      await sleep(done ? PAUSE_BETWEEN_ROUNDS_MS : LOOK_EVERY_MS);
    }
    this.rounds = undefined;
  }

  /** Returns false when the database could not be read. */
  private async round(): Promise<boolean> {
    const joiners = this.joiners;
    this.joiners = [];
    const due = [...this.due];
    this.due.clear();
    try {
      await this.clock.compare(this.pool);
      await this.read(due);
      await this.letBegin(joiners);
      return true;
    } catch (error) {
      // Whoever watches already is told once the database is back.
      this.log.warn({ err: error }, 'live auctions could not be read; trying again');
      for (const { fail } of joiners) fail(error);
      return false;
    }
  }

  private async read(due: readonly WatchedAuction[]): Promise<void> {
    for (let i = 0; i < due.length; i += LARGEST_READ) {
      const asked = new Map(due.slice(i, i + LARGEST_READ).map((auction) => [auction.id, auction]));
      for (const read of await readChanged(this.pool, [...asked.values()])) {
        this.update(asked.get(read.id)!, read);
      }
    }
  }

  /** In one turn, so that no failure comes between the news and those who are to hear it. */
  private update(auction: WatchedAuction, read: LiveAuction): void {
    auction.update(read);
    for (const stream of auction.streams) {
      stream.changed(auction);
      this.teller.hasNews(stream);
    }
  }

  private async letBegin(joiners: readonly Joiner[]): Promise<void> {
    const plans = joiners.map(({ auctions, since }) => planCatchUp(auctions, since));
    const entries = await readEntries(this.pool, rangesFor(plans));
    joiners.forEach(({ begin }, i) => {
      const plan = plans[i]!;
      begin({ since: plan.since, missed: missedBy(plan, entries) });
    });
  }
}

const stopping = () => new Problem(503, 'stopping', 'This process is about to stop: try again.');
