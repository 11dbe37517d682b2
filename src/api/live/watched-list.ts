import type { Version } from '../../services/live/read-auctions.ts';
import { notFound, Problem } from '../http/problem.ts';
import { eventId, parseEventId, parseSaleEventId, saleEventId } from './event-id.ts';
import type { LiveStream } from './live-stream.ts';
import type { WatchedAuction } from './watched-auction.ts';

/** What a client has been told of each auction of a list, in the list's order. */
export type Told = Map<WatchedAuction, Version | undefined>;

/** Auctions that one stream watches together. */
export class WatchedList {
  readonly streams = new Set<LiveStream>();
  /** Streams, and those about to begin; kept by the hub. */
  users = 0;

  constructor(protected list: readonly WatchedAuction[]) {}

  get auctions(): readonly WatchedAuction[] {
    return this.list;
  }

  /** Why there can be no stream of these auctions, once they have been looked for. */
  get problem(): Problem | undefined {
    const missing = this.list.find(({ exists }) => !exists);
    return missing && notFound('auction', missing.id);
  }

  /** How far a client with this Last-Event-ID had come. */
  parse(lastEventId: unknown): readonly (Version | undefined)[] {
    return parseEventId(lastEventId, this.list.length);
  }

  /** What a client knows for whom this much has changed: of everything else, the newest. */
  told(changed: ReadonlyMap<WatchedAuction, Version>): Told {
    return new Map(this.list.map((auction) => [auction, changed.get(auction) ?? auction.version]));
  }

  /** An event of a client that has then been told this much. */
  event(text: string, told: Told): string {
    return `id: ${eventId(told.values())}\n${text}`;
  }

  /** What is written to a client that then knows the newest state of everything. */
  written(events: string): string {
    return events;
  }

  /** One of the auctions is no longer what it was. */
  changed(): void {}
}

/** With it an event's id stays below 5 kB, which headers can carry, and a stream begins with 200 kB. */
export const MOST_LOTS_PER_STREAM = 500;

/**
 * All auctions of a sale, shared by its streams. An id as long as such a list would outweigh the events:
 * it is made once for all streams, and only the last event of a write has one. A client that is cut off
 * within a write is told the whole of it again.
 */
export class WatchedSale extends WatchedList {
  private exists = false;
  private tooLarge = false;
  private id: string | undefined;

  constructor(readonly saleId: string) {
    super([]);
  }

  override get problem(): Problem | undefined {
    if (!this.exists) return notFound('sale', this.saleId);
    return this.tooLarge ? tooManyLots() : undefined;
  }

  /** Takes over what was read: the lots in the order of their ids, or nothing when there is no sale. */
  update(lots: readonly WatchedAuction[] | undefined, tooLarge: boolean): void {
    this.exists = lots !== undefined;
    this.tooLarge = tooLarge;
    this.list = lots ?? [];
    this.id = undefined;
  }

  override parse(lastEventId: unknown): readonly (Version | undefined)[] {
    return parseSaleEventId(lastEventId, this.ids());
  }

  /** Only what has changed is asked for: a thousand streams have no time for five hundred lots. */
  override told(changed: ReadonlyMap<WatchedAuction, Version>): Told {
    return new Map(changed);
  }

  override event(text: string): string {
    return text;
  }

  override written(events: string): string {
    if (events === '') return '';
    this.id ??= saleEventId(
      this.ids(),
      this.list.map(({ exists, version }) => (exists ? version : undefined)),
    );
    // The last line of the last event, whose end is an empty line.
    return `${events.slice(0, -1)}id: ${this.id}\n\n`;
  }

  override changed(): void {
    this.id = undefined;
  }

  private ids(): string[] {
    return this.list.map(({ id }) => id);
  }
}

const tooManyLots = () =>
  new Problem(
    422,
    'too_many_lots',
    `A stream shows at most ${MOST_LOTS_PER_STREAM} lots: follow parts of the sale with GET /v1/live.`,
  );
