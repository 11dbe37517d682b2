import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { LiveStream } from './live-stream.ts';

/** After so many streams others have a turn, so that bids do not wait for a crowd of watchers. */
const STREAMS_PER_TURN = 50;
/** People do not see more than some events a second, and the process has bids to take. */
const LEAST_PAUSE_MS = 20;
/** Of the time that the last round took: with a large crowd rounds become rarer. */
const PAUSE_SHARE = 0.25;

/**
 * Has streams say what is new, in rounds and one after the other. What changes during a round is news
 * for the streams that it has yet to reach, too.
 */
export class Teller {
  private waiting = new Set<LiveStream>();
  private telling = false;

  hasNews(stream: LiveStream): void {
    this.waiting.add(stream);
    if (!this.telling) void this.tellAll();
  }

  private async tellAll(): Promise<void> {
    this.telling = true;
    while (this.waiting.size > 0) {
      const beganAtMs = performance.now();
      await this.round();
      const tookMs = performance.now() - beganAtMs;
      await sleep(Math.max(LEAST_PAUSE_MS, tookMs * PAUSE_SHARE));
    }
    this.telling = false;
  }

  private async round(): Promise<void> {
    const streams = this.waiting;
    this.waiting = new Set();
    let told = 0;
    for (const stream of streams) {
      this.waiting.delete(stream);
      stream.tell();
      told += 1;
      if (told % STREAMS_PER_TURN === 0) await setImmediate();
    }
  }
}
