import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Logger } from 'pino';

/** At most one NOTIFY in this time, however many bids commit. */
const ANNOUNCE_EVERY_MS = 50;
/** 36 characters and a comma each: well within the 8000 bytes that a NOTIFY may carry. */
const IDS_PER_NOTIFY = 200;
const RECONNECT_AFTER_MS = 1_000;

export interface LiveChannelOptions {
  readonly pool: pg.Pool;
  readonly log: Logger;
  /** Another process, or the database itself, says that these auctions have changed. */
  readonly heard: (auctionIds: readonly string[]) => void;
  /** From now on this process hears; what was said before is lost. */
  readonly listening: () => void;
}

/**
 * Tells other processes which auctions have changed, and hears it from them, on one connection of its
 * own: a NOTIFY in the bid transaction would make all commits wait for each other. An announcement may
 * be lost, so whoever listens also looks by itself now and then.
 */
export class LiveChannel {
  private readonly stopping = new AbortController();
  private readonly waiting = new Set<string>();
  private client: pg.PoolClient | undefined;
  private announcing = false;
  private running: Promise<void> | undefined;

  constructor(private readonly options: LiveChannelOptions) {}

  start(): void {
    this.running = this.stayConnected();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Returns at once. Without a connection nothing is said: others find out by looking. */
  announce(auctionIds: Iterable<string>): void {
    if (!this.client) return;
    for (const id of auctionIds) this.waiting.add(id);
    if (this.waiting.size > 0 && !this.announcing) void this.sayAll();
  }

  private async sayAll(): Promise<void> {
    this.announcing = true;
    while (this.client && this.waiting.size > 0) {
      const ids = [...this.waiting];
      this.waiting.clear();
      const payloads: string[] = [];
      for (let i = 0; i < ids.length; i += IDS_PER_NOTIFY) {
        payloads.push(ids.slice(i, i + IDS_PER_NOTIFY).join(','));
      }
      await this.client
        .query(`SELECT pg_notify('gavel_live', ids) FROM unnest($1::text[]) AS ids`, [payloads])
        .catch((error: unknown) => this.warn(error, 'a change could not be announced'));
      await sleep(ANNOUNCE_EVERY_MS);
    }
    this.announcing = false;
  }

  private async stayConnected(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.listenOnce(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.warn(error, 'live changes cannot be heard; looking by the clock');
      }
      await sleep(RECONNECT_AFTER_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async listenOnce(signal: AbortSignal): Promise<void> {
    const client = await this.options.pool.connect();
    client.on('notification', ({ processId, payload }) => {
      // What this process says it knows already.
      const own = processId === (client as pg.PoolClient & { processID: number }).processID;
      if (!own && payload) this.options.heard(payload.split(','));
    });
    try {
      await client.query('LISTEN gavel_live');
      this.client = client;
      this.options.listening();
      await once(client, 'end', { signal });
    } finally {
      this.client = undefined;
      this.waiting.clear();
      client.release(true);
    }
  }

  private warn(error: unknown, message: string): void {
    this.options.log.warn({ err: error }, message);
  }
}
