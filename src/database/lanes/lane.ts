import pg from 'pg';
import { run, type Row, type Statement } from './statements.ts';

/** Past this many waiting requests a caller is told to come back, so that memory stays bounded. */
const LONGEST_QUEUE = 10_000;
/** More than this in one transaction makes the first wait for the last without committing faster. */
const LARGEST_BATCH = 500;
/** So many go together even where they are more than half: to divide them costs a commit, and gains nothing. */
const FEW = 10;
/** So many batches at most are read after those whose memory was wrong, as where lanes take turns. */
const LONGEST_REST = 1_023;

const BEGIN = { name: 'begin', text: 'BEGIN' };
const COMMIT = { name: 'commit', text: 'COMMIT' };
const ROLLBACK = { name: 'rollback', text: 'ROLLBACK' };

export class LaneFull extends Error {
  override name = 'LaneFull';
  constructor(readonly requests: string) {
    super(`More than ${LONGEST_QUEUE} ${requests} are waiting.`);
  }
}

/** What a lane does with a batch of requests, which is one transaction. */
export interface Work<Request, Facts, Answer> {
  /** What the requests are called, in the plural. */
  readonly requests: string;
  /**
   * They lock and read what the answers depend on. That includes an earlier answer to the same request:
   * after a failure, requests are tried again.
   */
  reads(requests: readonly Request[]): readonly Statement[];
  /** What the reads have found, the rows of each; may ask for more. */
  facts(
    found: readonly Row[][],
    requests: readonly Request[],
    client: pg.ClientBase,
  ): Facts | Promise<Facts>;
  answer(requests: readonly Request[], facts: Facts): Outcome<Answer>;
  /**
   * The same without reads, if what earlier batches on this connection have left is all it takes. The
   * writes are one transaction, and the database must refuse them where memory is wrong: then the batch
   * reads after all.
   */
  answerFromMemory?(
    requests: readonly Request[],
    client: pg.ClientBase,
  ): Outcome<Answer> | undefined;
  /** Told after the commit. Must not throw: that would end the process. */
  committed?(requests: readonly Request[], answers: readonly Answer[]): void;
}

/** An answer to each request, and the statements that make the answers last. */
export interface Outcome<Answer> {
  readonly answers: readonly Answer[];
  readonly writes: readonly Statement[];
  /** Told what the writes have found, before the next batch is looked at. Must not throw. */
  written?(found: readonly Row[][]): void;
}

interface Waiting<Request, Answer> {
  readonly request: Request;
  readonly answer: (answer: Answer) => void;
  readonly fail: (error: unknown) => void;
  /** Tried again, as another process had just used its key. */
  readonly repeated: boolean;
}

/**
 * Of the requests that arrive while a batch is on its way the next is formed. It is sent as soon as the commit
 * has come back, before the callers of that commit are answered: the database works meanwhile. One lane per
 * process; several processes are kept apart by the row locks that a batch takes.
 */
export class Lane<Request, Facts, Answer> {
  private readonly waiting: Waiting<Request, Answer>[] = [];
  /** From batches that failed: each goes alone, so that one that cannot be taken fails no other. */
  private readonly again: Waiting<Request, Answer>[] = [];
  private running = false;
  /** Of the batch before. */
  private sizeBefore = 0;
  /** After memory was wrong so many batches are read: twice as many each time, half when it was right. */
  private rest = 0;
  /** Those that are left of them. */
  private resting = 0;

  constructor(
    private readonly pool: pg.Pool,
    private readonly work: Work<Request, Facts, Answer>,
  ) {}

  /**
   * The answer to a request, after the commit that makes it last. Rejects with LaneFull, or with the
   * database's error: then the request may or may not have been done, and its idempotency key tells.
   */
  ask(request: Request): Promise<Answer> {
    if (this.waiting.length >= LONGEST_QUEUE) {
      return Promise.reject(new LaneFull(this.work.requests));
    }
    return new Promise((answer, fail) => {
      this.waiting.push({ request, answer, fail, repeated: false });
      if (!this.running) void this.run();
    });
  }

  private async run(): Promise<void> {
    this.running = true;
    await nextTurn(); // Requests that come in with the first, in the same turn, share its commit.
    this.sizeBefore = this.waiting.length; // All of them.
    while (this.hasWork()) {
      await this.pool.connect().then(
        (client) => this.runOn(client),
        (error: unknown) => this.failAll(error),
      );
    }
    this.running = false;
  }

  /** Until there is nothing to do, or the connection is broken: then it is thrown away. */
  private async runOn(client: pg.PoolClient): Promise<void> {
    let broken = false;
    try {
      while (this.hasWork()) await this.commit(client, this.nextBatch());
    } catch {
      broken = true;
    }
    client.release(broken);
  }

  /** Rejects when the connection is broken. */
  private async commit(
    client: pg.ClientBase,
    batch: readonly Waiting<Request, Answer>[],
  ): Promise<void> {
    const requests = batch.map(({ request }) => request);
    try {
      const answers =
        (await this.commitFromMemory(client, requests)) ??
        (await this.commitRead(client, requests));
      // In the next turn: this one sends the next batch.
      setImmediate(() => this.tell(batch, answers));
    } catch (error) {
      this.failed(batch, error);
      await run(client, [ROLLBACK]);
    }
  }

  private async commitRead(
    client: pg.ClientBase,
    requests: readonly Request[],
  ): Promise<readonly Answer[]> {
    const [, ...found] = await run(client, [BEGIN, ...this.work.reads(requests)]);
    const facts = await this.work.facts(found, requests, client);
    const { answers, writes, written } = this.work.answer(requests, facts);
    const after = await run(client, [...writes, COMMIT]);
    written?.(after);
    return answers;
  }

  /** Undefined where it takes a read, or memory was wrong and nothing is written. */
  private async commitFromMemory(
    client: pg.ClientBase,
    requests: readonly Request[],
  ): Promise<readonly Answer[] | undefined> {
    if (this.resting > 0) {
      this.resting -= 1;
      return undefined;
    }
    const outcome = this.work.answerFromMemory?.(requests, client);
    if (!outcome) return undefined;
    try {
      const found = await run(client, outcome.writes); // What is sent as one piece is a transaction.
      this.rest = Math.floor(this.rest / 2);
      outcome.written?.(found);
      return outcome.answers;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error; // Nobody knows what has been written.
      this.rest = Math.min(2 * this.rest + 1, LONGEST_REST);
      this.resting = this.rest;
      return undefined;
    }
  }

  private tell(batch: readonly Waiting<Request, Answer>[], answers: readonly Answer[]): void {
    batch.forEach(({ answer }, i) => answer(answers[i]!));
    this.work.committed?.(
      batch.map(({ request }) => request),
      answers,
    );
  }

  private failed(batch: readonly Waiting<Request, Answer>[], error: unknown): void {
    for (const each of batch) {
      // One that had been done after all is recognised by its key.
      if (batch.length > 1) this.again.push(each);
      else if (codeOf(error) === UNIQUE_VIOLATION && !each.repeated)
        this.again.push({ ...each, repeated: true });
      else each.fail(error);
    }
  }

  private failAll(error: unknown): void {
    for (const { fail } of [...this.again.splice(0), ...this.waiting.splice(0)]) fail(error);
  }

  private hasWork(): boolean {
    return this.again.length + this.waiting.length > 0;
  }

  /**
   * Half of the callers there are: those who wait, and those of the batch before, who are being told. Who
   * asks again as soon as they are told would else fall into a large and a small group, and stay so; and
   * when the small one was committed the large one would not be back, so the database had nothing to do.
   */
  private nextBatch(): Waiting<Request, Answer>[] {
    const alone = this.again.shift();
    if (alone) return [alone];
    const half = Math.ceil((this.waiting.length + this.sizeBefore) / 2);
    const batch = this.waiting.splice(0, Math.min(Math.max(half, FEW), LARGEST_BATCH));
    this.sizeBefore = batch.length;
    return batch;
  }
}

const UNIQUE_VIOLATION = '23505';
const codeOf = (error: unknown) => (error as { code?: unknown }).code;
const nextTurn = () => new Promise<void>((turn) => setImmediate(turn));
