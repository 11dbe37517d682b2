import { randomUUID } from 'node:crypto';
import { bidderId, nextKey, type Bids } from './bids.ts';
import { CALLERS } from './arm.ts';
import { Connection } from './connection.ts';
import type { House } from './house.ts';
import type { Placed } from './load.ts';

/** A token for each of the hundred. */
export const callersTokens = (house: House): Promise<string[]> =>
  Promise.all(Array.from({ length: CALLERS }, (_, i) => house.bidderToken(bidderId(i))));

const DO_NOTHING = `/bench/auctions/${randomUUID()}/empty`;

/** A hundred bidders, each with a token and a connection of their own. */
export class HttpCallers {
  private constructor(private readonly connections: readonly Connection[]) {}

  static async open(port: number, tokens: readonly string[]): Promise<HttpCallers> {
    return new HttpCallers(await Promise.all(tokens.map((token) => Connection.open(port, token))));
  }

  bid(bids: Bids, caller: number, placed: Placed): void {
    const { auctionId, maximumMinor, idempotencyKey } = bids.next(caller);
    const body = `{"maximumMinor":${maximumMinor}}`;
    this.post(caller, `/v1/auctions/${auctionId}/bids`, idempotencyKey, body, placed);
  }

  /** The same request, but for a route that does nothing. */
  doNothing(caller: number, placed: Placed): void {
    this.post(caller, DO_NOTHING, nextKey(), '{"maximumMinor":123456}', placed);
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }

  private post(caller: number, path: string, key: string, body: string, placed: Placed): void {
    this.connections[caller]!.post(path, key, body, (fault, status) => {
      if (fault) placed(fault, false);
      else if (status === 200) placed(null, true);
      else if (status === 422)
        placed(null, false); // Overtaken on its way by higher bids.
      else placed(new Error(`POST ${path} was answered with ${status}.`), false);
    });
  }
}
