import { CALLERS } from './arm.ts';
import type { Api } from './api.ts';
import { bidderId, nextKey, type Bids } from './bids.ts';
import { Connection } from './connection.ts';
import type { House } from './house.ts';

/** A hundred bidders, each with a token and a connection of their own. */
export class HttpCallers {
  private constructor(private readonly connections: readonly Connection[]) {}

  static async open(house: House, api: Api): Promise<HttpCallers> {
    const open = async (caller: number) =>
      Connection.open(api.port, await house.bidderToken(bidderId(caller)));
    return new HttpCallers(await Promise.all(Array.from({ length: CALLERS }, (_, i) => open(i))));
  }

  async bid(bids: Bids, caller: number): Promise<boolean> {
    const { auctionId, maximumMinor, idempotencyKey } = bids.next(caller);
    const body = `{"maximumMinor":${maximumMinor}}`;
    return this.post(caller, `/v1/auctions/${auctionId}/bids`, idempotencyKey, body);
  }

  /** The same request, but for a route that does nothing. */
  doNothing(caller: number): Promise<boolean> {
    return this.post(caller, '/bench/empty', nextKey(), '{"maximumMinor":123456}');
  }

  close(): void {
    for (const connection of this.connections) connection.close();
  }

  private async post(caller: number, path: string, key: string, body: string): Promise<boolean> {
    const status = await this.connections[caller]!.post(path, key, body);
    if (status === 200) return true;
    if (status === 422) return false; // Overtaken on its way by higher bids.
    throw new Error(`POST ${path} was answered with ${status}.`);
  }
}
