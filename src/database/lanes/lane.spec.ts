import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { Lane, LaneFull, type Outcome, type Work } from './lane.ts';
import type { Piece } from './statements.ts';

describe('a lane', () => {
  it('tells who comes when 10,000 requests are waiting to come back, and keeps nobody waiting for that', async () => {
    const lane = new Lane<number, void, never>(
      poolOf(() => new Promise(() => {})),
      {
        requests: 'bids',
        ...nothing,
      },
    );

    for (let n = 0; n < 10_000; n++) void lane.ask(n);

    await expect(lane.ask(10_000)).rejects.toThrow(LaneFull);
  });

  it('goes on after a database that could not be reached', async () => {
    let refusals = 0;
    const connect = () => Promise.reject(new Error(`refused ${++refusals}`));
    const lane = new Lane<number, void, never>(poolOf(connect), {
      requests: 'bids',
      ...nothing,
    });

    await expect(lane.ask(1)).rejects.toThrow('refused 1');
    await expect(lane.ask(2)).rejects.toThrow('refused 2');
  });

  it('sends what has come in meanwhile when a commit has come back, and then answers whom that was for', async () => {
    const connection = new Connection();
    const lane = laneOn(connection);

    const first = lane.ask('first');
    await connection.answer('begin', 'read first');
    const sentBefore = first.then(() => [...connection.sent]);
    const others = ['second', 'third'].map((each) => lane.ask(each));
    await connection.sees('write first', 'commit');
    await connection.answer('write first', 'commit');

    await expect(first).resolves.toBe('answer to first');
    expect(await sentBefore).toContain('read second,third');
    await connection.answer('begin', 'read second,third', 'write second', 'write third', 'commit');
    expect(await Promise.all(others)).toEqual(['answer to second', 'answer to third']);
    await expect.poll(() => connection.released).toEqual([false]);
  });

  it('divides its callers into halves, so that one is answered while the other is committed', async () => {
    const connection = new Connection();
    const lane = laneOn(connection);
    const ask = (caller: number) => lane.ask(String(caller));
    const callers = Array.from({ length: 40 }, (_, caller) => caller);

    const first = ask(0);
    await connection.answer('begin', 'read 0');
    const others = Promise.all(callers.slice(1).map(ask));
    await connection.sees('write 0', 'commit');
    connection.answeringAll();
    await connection.answer('write 0', 'commit');
    await Promise.all([first, others]);

    const batches = connection.sent.filter((each) => each.startsWith('read'));
    expect(batches.map((batch) => batch.split(',').length)).toEqual([1, 20, 19]);
  });

  it('answers the neighbours of a request that the database cannot take', async () => {
    const connection = new Connection().answeringAll();
    const lane = laneOn(connection);

    const answers = await Promise.allSettled(['good', 'bad', 'fine'].map((each) => lane.ask(each)));

    expect(answers).toEqual([
      { status: 'fulfilled', value: 'answer to good' },
      { status: 'rejected', reason: new Error('cannot be taken') },
      { status: 'fulfilled', value: 'answer to fine' },
    ]);
    const ofBatches = connection.sent.filter((each) => each.startsWith('read'));
    expect(ofBatches).toEqual(['read good,bad,fine', 'read good', 'read bad', 'read fine']);
  });

  it('answers nobody whose commit has failed, and goes on with the next batch', async () => {
    const connection = new Connection();
    const lane = laneOn(connection);
    const first = lane.ask('first');
    await connection.answer('begin', 'read first');
    const second = lane.ask('second');
    await connection.sees('write first', 'commit');

    connection.fail(Object.assign(new Error('deferred check'), { code: '23514' }));

    await expect(first).rejects.toThrow('deferred check');
    await connection.answer('rollback', 'begin', 'read second', 'write second', 'commit');
    await expect(second).resolves.toBe('answer to second');
  });

  it('asks once more when another process has just used the key', async () => {
    const taken = Object.assign(new Error('duplicate key'), { code: '23505' });
    const connection = new Connection().answeringAll().failingOnce('write again', taken);

    await expect(laneOn(connection).ask('again')).resolves.toBe('answer to again');
    expect(connection.sent.filter((each) => each === 'write again')).toHaveLength(2);
  });

  it('tries each again when the connection is lost at the commit, and tells a lone caller', async () => {
    const lost = new Error('Connection terminated');
    const breaking = () =>
      new Connection().answeringAll().failingOnce('commit', lost).failingOnce('rollback', lost);
    const lane = laneOnEach([breaking(), breaking(), new Connection().answeringAll()]);

    const answers = await Promise.allSettled([lane.ask('one'), lane.ask('two')]);

    expect(answers).toEqual([
      { status: 'rejected', reason: lost },
      { status: 'fulfilled', value: 'answer to two' },
    ]);
  });

  it('reads nothing where memory is enough, and tells the work what its writes have found', async () => {
    const connection = new Connection().answeringAll();
    const written: number[] = [];
    const lane = laneOn(
      connection,
      remembering({ written: (found) => written.push(found.length) }),
    );

    await expect(lane.ask('one')).resolves.toBe('remembered for one');

    expect(connection.sent).toEqual(['write from memory']);
    expect(written).toEqual([1]);
  });

  it('reads when the database refuses what memory says, and then longer, the more often it does', async () => {
    const connection = new Connection().answeringAll();
    const lane = laneOn(connection, remembering());
    const refused = new pg.DatabaseError('out of date', 0, 'error');
    const wrong = async () => {
      connection.failingOnce('write from memory', refused);
      expect(await lane.ask('one')).toBe('answer to one');
    };
    const read = async (batches: number) => {
      while (batches-- > 0) expect(await lane.ask('one')).toBe('answer to one');
    };
    const right = async () => expect(await lane.ask('one')).toBe('remembered for one');

    await wrong();
    await read(1);
    await wrong();
    await read(3);
    await right();
    await wrong();
    await read(3);
    await right();
    await right();
    await wrong();
    await read(1);
    await right();
  });

  it('tells a lone caller when the connection is lost while memory is written', async () => {
    const lost = new Error('Connection terminated');
    const connection = new Connection()
      .answeringAll()
      .failingOnce('write from memory', lost)
      .failingOnce('rollback', lost);

    await expect(laneOn(connection, remembering()).ask('one')).rejects.toBe(lost);

    await expect.poll(() => connection.released).toEqual([true]);
  });

  it('throws a broken connection away and goes on with another', async () => {
    const lost = new Error('Connection terminated');
    const connections = [
      new Connection().answeringAll().failingOnce('begin', lost).failingOnce('rollback', lost),
      new Connection().answeringAll(),
    ];
    const lane = laneOnEach(connections);

    const answers = Promise.allSettled([lane.ask('one'), lane.ask('two')]);

    expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    await expect.poll(() => connections.map(({ released }) => released)).toEqual([[true], [false]]);
  });
});

const nothing = {
  reads: () => [],
  facts: () => undefined,
  answer: () => ({ answers: [], writes: [] }),
};

/** Reads and writes a statement that names its requests. */
const work: Work<string, void, string> = {
  requests: 'requests',
  reads: (requests) => [statement(`read ${requests.join()}`)],
  facts: () => undefined,
  answer: (requests) => ({
    answers: requests.map((request) => `answer to ${request}`),
    writes: requests.map((request) => statement(`write ${request}`)),
  }),
};

/** Answers every batch from memory, with one statement. */
const remembering = (rest: Partial<Outcome<string>> = {}): Work<string, void, string> => ({
  ...work,
  answerFromMemory: (requests) => ({
    answers: requests.map((request) => `remembered for ${request}`),
    writes: [statement('write from memory')],
    ...rest,
  }),
});

const statement = (text: string) => ({ name: text, text });

const poolOf = (connect: () => Promise<unknown>) => ({ connect }) as unknown as pg.Pool;

const laneOn = (connection: Connection, doing = work) =>
  new Lane(
    poolOf(() => Promise.resolve(connection)),
    doing,
  );

/** On the first, until that breaks; then on the next. */
function laneOnEach(connections: readonly Connection[]) {
  const left = [...connections];
  return new Lane(
    poolOf(() => Promise.resolve(left.shift())),
    work,
  );
}

/** A connection whose statements are answered, in order, when the test says so. */
class Connection {
  readonly sent: string[] = [];
  readonly released: boolean[] = [];
  private readonly open: { texts: string[]; answer: () => void; fail: (error: Error) => void }[] =
    [];
  private readonly faults = new Map<string, Error>();
  private answersAll = false;

  answeringAll(): this {
    this.answersAll = true;
    return this;
  }

  failingOnce(text: string, error: Error): this {
    this.faults.set(text, error);
    return this;
  }

  query(piece: Piece): void {
    const texts = piece.statements.map(({ text }) => text.toLowerCase());
    this.sent.push(...texts);
    const fault = texts.map((text) => this.faultOf(text)).find((each) => each);
    if (fault) return piece.handleError(fault);
    const answer = () => {
      texts.forEach(() => piece.handleCommandComplete());
      piece.handleReadyForQuery();
    };
    if (this.answersAll) return answer();
    this.open.push({ texts, answer, fail: (error) => piece.handleError(error) });
  }

  private faultOf(text: string): Error | undefined {
    if (text === 'write bad') return new Error('cannot be taken');
    const fault = this.faults.get(text);
    this.faults.delete(text);
    return fault;
  }

  async sees(...texts: string[]): Promise<void> {
    await expect.poll(() => this.open.flatMap((piece) => piece.texts)).toEqual(texts);
  }

  /** Pieces, given by their statements. */
  async answer(...texts: string[]): Promise<void> {
    while (texts.length > 0) {
      await expect.poll(() => this.open[0]?.texts[0]).toBe(texts[0]);
      const piece = this.open.shift()!;
      expect(texts.splice(0, piece.texts.length)).toEqual(piece.texts);
      piece.answer();
    }
  }

  fail(error: Error): void {
    this.open.shift()!.fail(error);
  }

  release(broken: boolean): void {
    this.released.push(broken);
  }
}
