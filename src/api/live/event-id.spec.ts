import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSaleEventId, saleEventId } from './event-id.ts';

const count = fc.nat(999_999_999);
const version = fc.option(fc.record({ sequence: count, changes: count }), { nil: undefined });
const lots = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 20 });

describe('the event id of a sale', () => {
  it('is read again whole, and leaves open the lots that have come since', () => {
    fc.assert(
      fc.property(lots, fc.array(fc.uuid(), { maxLength: 5 }), fc.gen(), (known, added, draw) => {
        const versions = known.map(() => draw(() => version));
        const id = saleEventId(known, versions);
        expect(parseSaleEventId(id, [...known, ...added])).toEqual([
          ...versions,
          ...added.map(() => undefined),
        ]);
      }),
    );
  });

  it.each([undefined, '', 'nonsense', '0.0', ':0.0', '00000000:0.0', '00000000:'])(
    'that is none of this sale’s counts as none: %s',
    (id) => {
      expect(parseSaleEventId(id, ['a', 'b'])).toEqual([undefined, undefined]);
    },
  );

  it('of the same lots in another order counts as none', () => {
    const id = saleEventId(['a', 'b'], [{ sequence: 1, changes: 0 }, undefined]);
    expect(parseSaleEventId(id, ['b', 'a'])).toEqual([undefined, undefined]);
    expect(parseSaleEventId(id, ['a'])).toEqual([undefined]);
  });
});
