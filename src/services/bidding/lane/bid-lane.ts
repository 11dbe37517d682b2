import type pg from 'pg';
import { arrayOf, uuid } from '../../../database/lanes/columns.ts';
import { Lane } from '../../../database/lanes/lane.ts';
import { answersOf } from './answer.ts';
import { AuctionMemory } from './auction-memory.ts';
import {
  circumstancesOf,
  distinct,
  readCircumstances,
  type Circumstances,
} from './circumstances.ts';
import { answerFromMemory, writtenNow } from './from-memory.ts';
import { lockAuctions, lockedAuctions, type LockedAuction } from './lock-auctions.ts';
import type { BidAnswer, BidRequest } from './request.ts';
import { writesOf } from './write-batch.ts';

interface Facts {
  readonly auctions: ReadonlyMap<string, LockedAuction>;
  readonly circumstances: Circumstances;
}

/**
 * The lane of bids, whatever auction they are for. A batch locks its auctions in id order, learns what
 * the house has decided about its bidders, answers in the order of arrival, and writes it all at once.
 * It need not read what the batches before have left, as long as nobody else has changed it.
 */
export class BidLane {
  private readonly lane: Lane<BidRequest, Facts, BidAnswer>;
  private readonly memory = new AuctionMemory();

  /** Told after a commit which auctions it has changed. Must not throw. */
  onCommit: (auctionIds: readonly string[]) => void = () => {};

  constructor(pool: pg.Pool) {
    this.lane = new Lane(pool, {
      requests: 'bids',
      reads: (bids) => {
        const auctionIds = arrayOf(uuid, distinct(bids.map(({ auctionId }) => auctionId)));
        return [lockAuctions(auctionIds), ...readCircumstances(bids, auctionIds)];
      },
      facts: async ([locked, ...found], requests, client) => {
        const auctions = await lockedAuctions(locked!, client);
        const circumstances = await circumstancesOf(found, { requests, auctions, client });
        this.memory.learn(requests, auctions, circumstances.decidedAbout);
        return { auctions, circumstances };
      },
      answer: (bids, { auctions, circumstances }) => {
        const { answers, entries, refusals } = answersOf(bids, auctions, circumstances);
        const writes = writesOf({ entries, refusals, auctions, circumstances });
        return { answers, writes, written: () => this.memory.keep([...auctions.values()]) };
      },
      answerFromMemory: (bids, connection) => {
        const auctions = this.memory.take(bids, connection);
        if (!auctions) return undefined;
        const outcome = answerFromMemory(bids, auctions);
        return { ...outcome, written: (found) => this.memory.keep(writtenNow(auctions, found)) };
      },
      committed: (bids, answers) => {
        const placed = bids.filter((_, i) => answers[i]!.accepted);
        this.onCommit(placed.map(({ auctionId }) => auctionId));
      },
    });
  }

  /** Rejects as Lane.ask() does. */
  place(request: BidRequest): Promise<BidAnswer> {
    return this.lane.ask(request);
  }
}
