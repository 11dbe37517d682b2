import { once } from 'node:events';
import type pg from 'pg';
import type { Logger } from 'pino';

export interface PumpOptions {
  readonly pool: pg.Pool;
  /** Notified by the database when there is something to do. */
  readonly channel: 'gavel_outbox' | 'gavel_inbox';
  /** Handles what is waiting and says how much that was; called again until it says 0. */
  readonly handle: () => Promise<number>;
  readonly log: Logger;
}

/** Should a notification be lost, this is how late it gets. */
const LOOK_EVERY_MS = 1_000;

/**
 * Handles messages when the database says that there are some, and now and then unasked. Returns the
 * function that stops it, after what is being handled.
 */
export function startPump({ pool, channel, handle, log }: PumpOptions): () => Promise<void> {
  const bell = new Bell();
  const stopping = new AbortController();
  const { signal } = stopping;

  async function pump(): Promise<void> {
    while (!signal.aborted) {
      bell.reset();
      try {
        while ((await handle()) > 0 && !signal.aborted);
      } catch (error) {
        log.warn({ err: error, channel }, 'messages could not be handled; trying again');
        bell.reset();
      }
      await bell.within(LOOK_EVERY_MS);
    }
  }

  /** A lost connection is replaced; meanwhile the clock does. */
  async function listen(): Promise<void> {
    while (!signal.aborted) {
      try {
        await listenOnce();
      } catch (error) {
        if (!signal.aborted)
          log.warn({ err: error, channel }, 'cannot listen; looking by the clock');
        await bell.within(LOOK_EVERY_MS);
      }
    }
  }

  async function listenOnce(): Promise<void> {
    const client = await pool.connect();
    client.on('notification', () => bell.ring());
    try {
      await client.query(`LISTEN ${channel}`);
      await once(client, 'end', { signal });
    } finally {
      client.release(true);
    }
  }

  const running = Promise.all([pump(), listen()]);
  return async () => {
    stopping.abort();
    bell.ring();
    await running;
  };
}

/** Rings once for however many who ring it before somebody listens. */
class Bell {
  private rung = false;
  private wake: () => void = () => {};

  ring(): void {
    this.rung = true;
    this.wake();
  }

  reset(): void {
    this.rung = false;
  }

  async within(ms: number): Promise<void> {
    if (this.rung) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      const wakeOthers = this.wake;
      this.wake = () => {
        clearTimeout(timer);
        wakeOthers();
        resolve();
      };
    });
    this.wake = () => {};
  }
}
