import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { House } from '../support/house.ts';

/** An event, as far as it matters here. */
export interface Seen {
  /** Its number among the auctions. */
  readonly auction: number;
  /** The sequence of the first bid that the stream had not shown before. */
  readonly oldest: number;
  readonly atMs: number;
}

/** So many at once, as the kernel's queue of new connections is short. */
const OPEN_AT_ONCE = 100;
/** Watchers share tokens as the machine shares its cores. */
const TOKENS = 100;

/** Streams that only note what they see: they share the machine with what they measure. */
export class Watchers {
  seen: Seen[] = [];
  open = 0;
  private readonly sockets: Socket[] = [];

  static async open(
    house: House,
    port: number,
    auctions: readonly string[],
    count: number,
  ): Promise<Watchers> {
    const watchers = new Watchers();
    const tokens = await Promise.all(
      Array.from({ length: TOKENS }, (_, i) => house.bidderToken(`watcher-${i}`)),
    );
    for (let from = 0; from < count; from += OPEN_AT_ONCE) {
      const next = Array.from({ length: Math.min(OPEN_AT_ONCE, count - from) }, (_, i) => from + i);
      await Promise.all(
        next.map((i) => {
          const auction = i % auctions.length;
          return watchers.watch(port, auctions[auction]!, auction, tokens[i % TOKENS]!);
        }),
      );
    }
    return watchers;
  }

  forget(): void {
    this.seen = [];
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private async watch(port: number, id: string, auction: number, token: string): Promise<void> {
    const socket = connect(port, '127.0.0.1');
    this.sockets.push(socket);
    socket.setEncoding('latin1');
    let shown: number | undefined;
    let rest = '';
    const take = (chunk: string) => {
      const text = rest + chunk;
      const end = text.lastIndexOf('\n\n');
      rest = text.slice(end + 2);
      const start = text.lastIndexOf('id: ', end);
      if (end < 0 || start < 0) return;
      const sequence = Number.parseInt(text.slice(start + 4, start + 20), 10);
      if (shown !== undefined && sequence > shown) {
        this.seen.push({ auction, oldest: shown + 1, atMs: Date.now() });
      }
      shown = sequence;
    };
    socket.on('data', take);
    socket.on('error', () => undefined);
    socket.on('close', () => (this.open -= 1));
    await once(socket, 'connect');
    socket.write(
      `GET /v1/auctions/${id}/live HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
        `Authorization: Bearer ${token}\r\n\r\n`,
    );
    await once(socket, 'data');
    this.open += 1;
  }
}
