import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import type { LiveState } from '../../src/api/live/live.schemas.ts';

export interface LiveEvent extends LiveState {
  /** The event's id. */
  readonly id: string;
}

/** A client of one event stream, which may stop reading for a while. */
export class LiveReader {
  readonly events: LiveEvent[] = [];
  /** Everything that came, as text. */
  text = '';
  bytes = 0;
  ended = false;
  private unread = '';
  private wake: () => void = () => {};

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => this.take(chunk));
    response.on('close', () => {
      this.ended = true;
      this.wake();
    });
    response.on('error', () => undefined);
  }

  /** Resolves when the stream has been accepted or refused. */
  static async open(
    url: string,
    { token, lastEventId }: { token: string; lastEventId?: string },
  ): Promise<LiveReader> {
    const request = http.get(url, {
      agent: false,
      headers: {
        authorization: `Bearer ${token}`,
        ...(lastEventId && { 'last-event-id': lastEventId }),
      },
    });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return new LiveReader(response);
  }

  get last(): LiveEvent | undefined {
    return this.events.at(-1);
  }

  /** The first event, from the one numbered `from` on, that is so; fails after 10 s. */
  async until(is: (event: LiveEvent) => boolean, from = 0): Promise<LiveEvent> {
    const deadline = Date.now() + 10_000;
    for (;;) {
      const found = this.events.slice(from).find(is);
      if (found) return found;
      const leftMs = deadline - Date.now();
      if (leftMs <= 0 || this.ended) {
        throw new Error(`No such event; the last is ${JSON.stringify(this.last)}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async untilEnded(): Promise<void> {
    if (!this.ended) await once(this.response, 'close');
  }

  pause(): void {
    this.response.pause();
  }

  resume(): void {
    this.response.resume();
  }

  close(): void {
    this.response.destroy();
  }

  private take(chunk: string): void {
    this.bytes += chunk.length;
    if (this.text.length < 1_000_000) this.text += chunk;
    const parts = (this.unread + chunk).split('\n\n');
    this.unread = parts.pop()!;
    for (const part of parts) {
      const id = /^id: (.*)$/m.exec(part)?.[1];
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (data) this.events.push({ ...(JSON.parse(data) as LiveState), id: id ?? '' });
    }
    this.wake();
  }
}
