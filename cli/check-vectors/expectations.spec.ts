import { describe, expect, it } from 'vitest';
import { expectationsOf, readingsOf } from './expectations.ts';
import type { Vector } from './vector-file.ts';

const bid = { action: 'bid', bidder: 'A', max: 500 } as const;
const vector: Vector = {
  id: 'V1',
  title: '',
  startPrice: 100,
  reserve: null,
  increments: 'flat',
  steps: [
    { ...bid, price: 100 },
    { ...bid, price: 200, alt: { 'R5-alt': { price: 250 } } },
    { ...bid, price: 300 },
    { ...bid, price: 400, alt: { 'R5-alt': { accepted: false } } },
  ],
};

describe('the readings of a vector', () => {
  it('are the base, and the alternatives that a step names', () => {
    expect(readingsOf(vector).map(({ alternative }) => alternative)).toEqual([undefined, 'R5-alt']);
    const plain = { ...vector, steps: [vector.steps[0]!] };
    expect(readingsOf(plain)).toHaveLength(1);
  });

  it('expect of the base what the steps say', () => {
    const prices = expectationsOf(readingsOf(vector)[0]!).map(({ price }) => price);
    expect(prices).toEqual([100, 200, 300, 400]);
  });

  it('expect of an alternative only its own word once it has led elsewhere', () => {
    const expected = expectationsOf(readingsOf(vector)[1]!);
    expect(expected).toEqual([vector.steps[0], { price: 250 }, {}, { accepted: false }]);
  });
});
