import type pg from 'pg';
import { Lane } from '../lane.ts';
import { answerBatch, type BidAnswer, type BidRequest } from './bid-batch.ts';

/** The lane of bids, whatever auction they are for. */
export class BidLane {
  private readonly lane = new Lane<BidRequest, BidAnswer>('bids', (bids) => this.answer(bids));

  /** Told after a commit which auctions it has changed. Must not throw. */
  onCommit: (auctionIds: readonly string[]) => void = () => {};

  constructor(private readonly pool: pg.Pool) {}

  /** Rejects as Lane.ask() does. */
  place(request: BidRequest): Promise<BidAnswer> {
    return this.lane.ask(request);
  }

  private async answer(bids: readonly BidRequest[]): Promise<BidAnswer[]> {
    const answers = await answerBatch(this.pool, bids);
    const placed = bids.filter((_, i) => answers[i]!.accepted);
    this.onCommit(placed.map(({ auctionId }) => auctionId));
    return answers;
  }
}
