import { randomUUID } from 'node:crypto';
import { setLimit } from '../../src/services/bidding/limits.ts';
import { retractBids } from '../../src/services/bidding/retraction/retract.ts';
import type { TestDatabase } from './database.ts';

/** What an operator does about bidders and their bids; amounts in cents. */
export class Operator {
  constructor(private readonly test: TestDatabase) {}

  limit(bidderId: string, amountMinor: number): Promise<void> {
    return this.test.database.transaction((tx) =>
      setLimit(tx, bidderId, { amountMinor, currency: 'EUR' }),
    );
  }

  lift(bidderId: string): Promise<void> {
    return this.test.database.transaction((tx) => setLimit(tx, bidderId, null));
  }

  /** What the limit counts. */
  async committed(bidderId: string): Promise<number> {
    const { rows } = await this.test.pool.query<{ committed_minor: number }>(
      'SELECT committed_minor FROM bidder WHERE id = $1',
      [bidderId],
    );
    return rows[0]!.committed_minor;
  }

  retract(auctionId: string, bidderId: string): ReturnType<typeof retractBids> {
    return this.test.database.transaction((tx) =>
      retractBids(tx, { auctionId, bidderId, idempotencyKey: randomUUID(), byOperator: true }),
    );
  }
}
