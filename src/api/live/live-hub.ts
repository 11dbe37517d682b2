import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type pg from 'pg';
import type { Logger } from 'pino';
import { BidLane } from '../../services/bidding/lane/bid-lane.ts';
import { DatabaseClock } from '../../services/live/database-clock.ts';
import { LiveChannel } from '../../services/live/live-channel.ts';
import { readChanged, type LiveAuction, type Version } from '../../services/live/read-auctions.ts';
import { readSales } from '../../services/live/read-sales.ts';
import { readEntries, type LiveEntry } from '../../services/live/read-entries.ts';
import { LOG, POOL } from '../dependencies.ts';
import { Problem } from '../http/problem.ts';
import { missedBy, planCatchUp, rangesFor } from './catch-up.ts';
import type { LiveStream } from './live-stream.ts';
import { Teller } from './teller.ts';
import { WatchedAuction } from './watched-auction.ts';
import { MOST_LOTS_PER_STREAM, WatchedList, WatchedSale } from './watched-list.ts';

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
  readonly list: WatchedList;
  readonly lastEventId: unknown;
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
  private readonly sales = new Map<string, WatchedSale>();
  private readonly due = new Set<WatchedAuction>();
  private readonly dueSales = new Set<WatchedSale>();
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

  /** Watched from now on. Leave it afterwards, whatever comes of it. */
  watch(ids: readonly string[]): WatchedList {
    const list = new WatchedList(ids.map((id) => this.auction(id)));
    for (const auction of list.auctions) auction.lists.add(list);
    list.users += 1;
    return list;
  }

  /** The same for all auctions of a sale, as they are when the stream begins and as they come. */
  watchSale(saleId: string): WatchedSale {
    const sale = this.sales.get(saleId) ?? new WatchedSale(saleId);
    this.sales.set(saleId, sale);
    sale.users += 1;
    return sale;
  }

  /** The stream is told of what changes in this list until it leaves. */
  enter(list: WatchedList, stream: LiveStream): void {
    list.users += 1;
    list.streams.add(stream);
  }

  /** Whoever has watched, or this stream, does so no more. */
  leave(list: WatchedList, stream?: LiveStream): void {
    list.users -= 1;
    if (stream) list.streams.delete(stream);
    if (list.users > 0) return;
    for (const auction of list.auctions) this.forget(auction, list);
    if (list instanceof WatchedSale) {
      this.sales.delete(list.saleId);
      this.dueSales.delete(list);
    }
  }

  /**
   * Resolves after a round that began after this call, so that the auctions are no older than the call.
   * The stream must begin in the same turn, or it misses the next round.
   */
  join(list: WatchedList, lastEventId: unknown): Promise<Beginning> {
    return new Promise((begin, fail) => {
      if (this.stopped) return fail(stopping());
      this.joiners.push({ list, lastEventId, begin, fail });
      if (list instanceof WatchedSale) this.dueSales.add(list);
      this.areDue(list.auctions);
    });
  }

  private auction(id: string): WatchedAuction {
    const auction = this.watched.get(id) ?? new WatchedAuction(id, this.clock);
    this.watched.set(id, auction);
    return auction;
  }

  private forget(auction: WatchedAuction, list: WatchedList): void {
    auction.lists.delete(list);
    if (auction.lists.size > 0) return;
    this.watched.delete(auction.id);
    this.due.delete(auction);
  }

  private haveChanged(ids: readonly string[]): void {
    this.areDue(ids.flatMap((id) => this.watched.get(id) ?? []));
  }

  private lookAtAll(): void {
    for (const sale of this.sales.values()) this.dueSales.add(sale);
    this.areDue(this.watched.values());
  }

  private areDue(auctions: Iterable<WatchedAuction>): void {
    for (const auction of auctions) this.due.add(auction);
    if (this.somethingIsDue && !this.stopped) this.rounds ??= this.goRound();
  }

  private get somethingIsDue(): boolean {
    return this.due.size > 0 || this.dueSales.size > 0;
  }

  private async goRound(): Promise<void> {
    while (this.somethingIsDue && !this.stopped) {
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
    const sales = [...this.dueSales];
    this.dueSales.clear();
    try {
      await this.clock.compare(this.pool);
      await this.read([...due, ...(await this.newLotsOf(sales))]);
      await this.letBegin(joiners);
      return true;
    } catch (error) {
      // Whoever watches already is told once the database is back.
      this.log.warn({ err: error }, 'live auctions could not be read; trying again');
      for (const { fail } of joiners) fail(error);
      return false;
    }
  }

  /** Looks which lots there are, and returns those of which nothing is known yet. */
  private async newLotsOf(sales: readonly WatchedSale[]): Promise<Set<WatchedAuction>> {
    const ids = sales.map(({ saleId }) => saleId);
    const read = await readSales(this.pool, ids, MOST_LOTS_PER_STREAM + 1);
    const unknown = new Set<WatchedAuction>();
    for (const sale of sales) {
      if (sale.users === 0) continue; // Everybody has left meanwhile.
      const found = read.get(sale.saleId);
      const lots = found?.slice(0, MOST_LOTS_PER_STREAM).map((id) => this.auction(id));
      for (const lot of lots ?? []) {
        lot.lists.add(sale);
        if (!lot.exists) unknown.add(lot);
      }
      sale.update(lots, lots?.length !== found?.length);
    }
    return unknown;
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
    const before = auction.version;
    auction.update(read);
    for (const list of auction.lists) {
      list.changed();
      for (const stream of list.streams) {
        stream.changed(auction, before);
        this.teller.hasNews(stream);
      }
    }
  }

  private async letBegin(joiners: readonly Joiner[]): Promise<void> {
    const plans = joiners.map(({ list, lastEventId }) =>
      planCatchUp(list.auctions, list.parse(lastEventId)),
    );
    const entries = await readEntries(this.pool, rangesFor(plans));
    joiners.forEach(({ begin }, i) => {
      const plan = plans[i]!;
      begin({ since: plan.since, missed: missedBy(plan, entries) });
    });
  }
}

const stopping = () => new Problem(503, 'stopping', 'This process is about to stop: try again.');
