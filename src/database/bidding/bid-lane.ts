import type pg from 'pg';
import { arrayOf, uuid } from '../lanes/columns.ts';
import { Lane } from '../lanes/lane.ts';
import { answersOf } from './answer.ts';
import {
  circumstancesOf,
  distinct,
  readCircumstances,
  type Circumstances,
} from './circumstances.ts';
import { idsOf, lockAuctions, lockedAuctions, type LockedAuction } from './lock-auctions.ts';
import type { BidAnswer, BidRequest } from './request.ts';
import { TermsCache } from './terms-cache.ts';
import { writesOf } from './write-batch.ts';

interface Facts {
  readonly auctions: ReadonlyMap<string, LockedAuction>;
  readonly circumstances: Circumstances;
}

/** Of auctions whose terms are kept; about 300 bytes each. */
const MOST_TERMS = 20_000;

/**
 * The lane of bids, whatever auction they are for. A batch locks its auctions in id order, learns what
 * the house has decided about its bidders, answers in the order of arrival, and writes it all at once.
 */
export class BidLane {
  private readonly lane: Lane<BidRequest, Facts, BidAnswer>;
  private readonly terms: TermsCache;

  /** Told after a commit which auctions it has changed. Must not throw. */
  onCommit: (auctionIds: readonly string[]) => void = () => {};

  constructor(pool: pg.Pool, mostTerms = MOST_TERMS) {
    this.terms = new TermsCache(mostTerms);
    this.lane = new Lane(pool, {
      requests: 'bids',
      reads: (bids) => {
        const ids = distinct(bids.map(({ auctionId }) => auctionId));
        const auctionIds = arrayOf(uuid, ids);
        return [
          lockAuctions(auctionIds),
          ...readCircumstances(bids, auctionIds),
          ...this.terms.read(ids),
        ];
      },
      facts: async ([locked, earlier, accounts, associates, terms = []], requests, client) => {
        const ids = idsOf(locked!);
        const auctions = lockedAuctions(locked!, await this.terms.termsOf(ids, terms, client));
        const found = [earlier!, accounts!, associates!];
        const circumstances = await circumstancesOf(found, { requests, auctions, client });
        return { auctions, circumstances };
      },
      answer: (bids, { auctions, circumstances }) => {
        const { answers, entries, refusals } = answersOf(bids, auctions, circumstances);
        return { answers, writes: writesOf({ entries, refusals, auctions, circumstances }) };
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
