import { describe, expect, it } from 'vitest';
import { readVectors } from './vector-file.ts';

const bid = { action: 'bid', bidder: 'A', max: 500, price: 100 };
const vector = { id: 'V1', startPrice: 100, increments: 'flat', steps: [bid] };
const file = { incrementTables: { flat: [{ from: 0, increment: 5 }] }, vectors: [vector] };
const read = (content: object) => readVectors(JSON.stringify(content), 'file.json');

describe('a file of vectors', () => {
  it('may leave out what is not compared', () => {
    expect(read(file)).toMatchObject({ vectors: [{ reserve: null, title: '' }], softClose: [] });
  });

  it.each([
    ['an unknown action', { ...bid, action: 'wave' }, /vectors\[0\]\.steps\[0\]\.action/],
    ['half of a surrogate pair', { ...bid, bidder: 'A\ud83d' }, /steps\[0\]\.bidder: must be one/],
    ['no maximum', { ...bid, max: undefined }, /vectors\[0\]\.steps\[0\]\.max/],
    ['half a cent', { ...bid, price: 1.5 }, /vectors\[0\]\.steps\[0\]\.price/],
    ['an alternative of no known rule', { ...bid, alt: { 'R9-alt': {} } }, /steps\[0\]\.alt/],
  ])('is refused for a step with %s', (_, step, fault) => {
    expect(() => read({ ...file, vectors: [{ ...vector, steps: [step] }] })).toThrow(fault);
  });

  it('is refused for an increment table that it does not have', () => {
    const vectors = [{ ...vector, increments: 'steep' }];
    expect(() => read({ ...file, vectors })).toThrow('no increment table "steep"');
  });

  it('is refused when it is no JSON', () => {
    expect(() => readVectors('{', 'file.json')).toThrow(/^file\.json is not JSON/);
    expect(() => readVectors('[]', 'file.json')).toThrow(/^file\.json: the whole/);
  });
});
