import { setImmediate } from 'node:timers/promises';
import type pg from 'pg';
import { answerBatch, type BidAnswer, type BidRequest } from './bid-batch.ts';

/** Past this many waiting bids a caller is told to come back, so that memory stays bounded. */
const LONGEST_QUEUE = 10_000;
/** More than this in one transaction makes the first wait for the last without committing faster. */
const LARGEST_BATCH = 500;

export class BidQueueFull extends Error {
  override name = 'BidQueueFull';
  constructor() {
    super(`More than ${LONGEST_QUEUE} bids are waiting.`);
  }
}

interface Waiting {
  readonly request: BidRequest;
  readonly answer: (answer: BidAnswer) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Bids that arrive while a commit is running form the next batch, whatever auction they are for. One
 * lane per process; several processes are kept apart by the locks that a batch takes.
 */
export class BidLane {
  private waiting: Waiting[] = [];
  private running = false;

  /** Told after a commit which auctions it has changed. Must not throw. */
  onCommit: (auctionIds: readonly string[]) => void = () => {};

  constructor(private readonly pool: pg.Pool) {}

  /**
   * The answer to a bid, after the commit that makes it last. Rejects with BidQueueFull, or with the
   * database's error: then the bid may or may not have been placed, and the same idempotency key tells.
   */
  place(request: BidRequest): Promise<BidAnswer> {
    if (this.waiting.length >= LONGEST_QUEUE) return Promise.reject(new BidQueueFull());
    return new Promise((answer, fail) => {
      this.waiting.push({ request, answer, fail });
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) {
      // Bids that have come in with the same turn of the event loop share the commit.
      await setImmediate();
      await this.settle(this.waiting.splice(0, LARGEST_BATCH));
    }
    this.running = false;
  }

  private async settle(batch: Waiting[], again = false): Promise<void> {
    try {
      const answers = await answerBatch(
        this.pool,
        batch.map(({ request }) => request),
      );
      batch.forEach(({ answer }, i) => answer(answers[i]!));
      const placed = batch.filter((_, i) => answers[i]!.accepted);
      this.onCommit(placed.map(({ request }) => request.auctionId));
    } catch (error) {
      // A bid that the database cannot take must not fail its neighbours: each is tried alone, and
      // one that had been placed after all is recognised by its key.
      if (batch.length > 1) for (const one of batch) await this.settle([one]);
      // Another process has just used the key, on another auction: now it is known.
      else if (isKeyTaken(error) && !again) await this.settle(batch, true);
      else batch[0]!.fail(error);
    }
  }
}

const UNIQUE_VIOLATION = '23505';
const isKeyTaken = (error: unknown) => (error as { code?: unknown }).code === UNIQUE_VIOLATION;
