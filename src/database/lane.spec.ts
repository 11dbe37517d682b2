import { describe, expect, it } from 'vitest';
import { Lane, LaneFull } from './lane.ts';

describe('a lane', () => {
  it('tells who comes when 10,000 requests are waiting to come back, and keeps nobody waiting for that', async () => {
    const lane = new Lane<number, never>('bids', () => new Promise(() => {}));

    for (let n = 0; n < 10_000; n++) void lane.ask(n);

    await expect(lane.ask(10_000)).rejects.toThrow(LaneFull);
  });

  it('goes on after a database that could not be reached', async () => {
    let refusals = 0;
    const lane = new Lane<number, never>('bids', () =>
      Promise.reject(new Error(`refused ${++refusals}`)),
    );

    await expect(lane.ask(1)).rejects.toThrow('refused 1');
    await expect(lane.ask(2)).rejects.toThrow('refused 2');
  });

  it('answers the neighbours of a request that the database cannot take', async () => {
    const batches: (readonly string[])[] = [];
    const lane = new Lane<string, string>('bids', async (requests) => {
      batches.push(requests);
      if (requests.includes('bad')) throw new Error('cannot be taken');
      return requests.map((request) => `answer to ${request}`);
    });

    const answers = await Promise.allSettled(['good', 'bad', 'fine'].map((each) => lane.ask(each)));

    expect(answers).toEqual([
      { status: 'fulfilled', value: 'answer to good' },
      { status: 'rejected', reason: new Error('cannot be taken') },
      { status: 'fulfilled', value: 'answer to fine' },
    ]);
    expect(batches).toEqual([['good', 'bad', 'fine'], ['good'], ['bad'], ['fine']]);
  });

  it('asks once more when another process has just used the key', async () => {
    let asked = 0;
    const lane = new Lane<string, string>('bids', async () => {
      if (++asked === 1) throw Object.assign(new Error('duplicate key'), { code: '23505' });
      return ['the first answer'];
    });

    await expect(lane.ask('again')).resolves.toBe('the first answer');
  });
});
