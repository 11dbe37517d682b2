import { setImmediate } from 'node:timers/promises';

/** Past this many waiting requests a caller is told to come back, so that memory stays bounded. */
const LONGEST_QUEUE = 10_000;
/** More than this in one transaction makes the first wait for the last without committing faster. */
const LARGEST_BATCH = 500;

export class LaneFull extends Error {
  override name = 'LaneFull';
  constructor(readonly requests: string) {
    super(`More than ${LONGEST_QUEUE} ${requests} are waiting.`);
  }
}

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly answer: (answer: Answer) => void;
  readonly fail: (error: unknown) => void;
}

/**
 * Requests that arrive while a commit is running form the next batch, which is one transaction. One lane
 * per process; several processes are kept apart by the row locks that a batch takes.
 */
export class Lane<Request, Answer> {
  private waiting: Waiting<Request, Answer>[] = [];
  private running = false;

  /**
   * @param requests what they are called, in the plural
   * @param answerBatch one transaction, with an answer to each request. It must recognise a request that
   * was answered before: after a failure the batch is tried again, request by request.
   */
  constructor(
    private readonly requests: string,
    private readonly answerBatch: (requests: readonly Request[]) => Promise<readonly Answer[]>,
  ) {}

  /**
   * The answer to a request, after the commit that makes it last. Rejects with LaneFull, or with the
   * database's error: then the request may or may not have been done, and its idempotency key tells.
   */
  ask(request: Request): Promise<Answer> {
    if (this.waiting.length >= LONGEST_QUEUE) return Promise.reject(new LaneFull(this.requests));
    return new Promise((answer, fail) => {
      this.waiting.push({ request, answer, fail });
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.waiting.length > 0) {
      // Requests that have come in with the same turn of the event loop share the commit.
      await setImmediate();
      await this.settle(this.waiting.splice(0, LARGEST_BATCH));
    }
    this.running = false;
  }

  private async settle(batch: Waiting<Request, Answer>[], again = false): Promise<void> {
    try {
      const answers = await this.answerBatch(batch.map(({ request }) => request));
      batch.forEach(({ answer }, i) => answer(answers[i]!));
    } catch (error) {
      // A request that the database cannot take must not fail its neighbours: each is tried alone, and
      // one that had been done after all is recognised by its key.
      if (batch.length > 1) for (const one of batch) await this.settle([one]);
      // Another process has just used the key, on other rows: now it is known.
      else if (isKeyTaken(error) && !again) await this.settle(batch, true);
      else batch[0]!.fail(error);
    }
  }
}

const UNIQUE_VIOLATION = '23505';
const isKeyTaken = (error: unknown) => (error as { code?: unknown }).code === UNIQUE_VIOLATION;
