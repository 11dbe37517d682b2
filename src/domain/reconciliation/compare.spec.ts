import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareSide, sumOfDifferences, SUBJECTS, type Item, type Side } from './compare.ts';

const HOUR_MS = 3_600_000;
const NOW = Date.UTC(2026, 10, 21, 12);
/** Old enough that nothing may still follow, on either side. */
const LONG_AGO = NOW - 48 * HOUR_MS;

const side = fc.constantFrom<Side[]>('paypal', 'erp');
const item = fc.record({
  subject: fc.constantFrom(...SUBJECTS),
  reference: fc.uuid(),
  amountMinor: fc.integer({ min: 1, max: 1_000_000 }),
  currency: fc.constantFrom('EUR', 'USD', 'JPY'),
  atMs: fc.integer({ min: LONG_AGO - 1_000 * HOUR_MS, max: LONG_AGO }),
}) satisfies fc.Arbitrary<Item>;
/** Things that a side knows, each of them once, and the one among them that a test tampers with. */
const things = fc
  .uniqueArray(item, { minLength: 1, maxLength: 12, selector: ({ reference }) => reference })
  .chain((items) => fc.tuple(fc.constant(items), fc.nat({ max: items.length - 1 })));

const without = (items: readonly Item[], index: number) => items.toSpliced(index, 1);
const instead = (items: readonly Item[], index: number, change: Partial<Item>) =>
  items.with(index, { ...items[index]!, ...change });

describe('two sides that agree', () => {
  it('have no difference, in whatever order they tell, whatever their age', () => {
    fc.assert(
      fc.property(side, things, fc.boolean(), (which, [items], isYoung) => {
        const told = items.map((each) => ({ ...each, atMs: isYoung ? NOW : each.atMs }));
        expect(compareSide(which, told, told.toReversed(), NOW)).toEqual([]);
      }),
    );
  });

  it('may tell one amount in parts', () => {
    fc.assert(
      fc.property(side, things, fc.nat(), (which, [items, index], part) => {
        const { amountMinor } = items[index]!;
        const parts = [part % (amountMinor + 1), amountMinor - (part % (amountMinor + 1))];
        const split = items.flatMap((each, i) =>
          i === index ? parts.map((minor) => ({ ...each, amountMinor: minor })) : [each],
        );
        expect(compareSide(which, items, split, NOW)).toEqual([]);
      }),
    );
  });
});

describe('one thing that is off is one difference, and no other', () => {
  const expectOne = (
    tamper: (items: Item[], index: number) => { expected?: Item[]; found?: Item[] },
    difference: (item: Item) => object,
  ) =>
    fc.assert(
      fc.property(side, things, (which, [items, index]) => {
        const { expected = items, found = items } = tamper(items, index);
        const { subject, reference, currency } = items[index]!;
        expect(compareSide(which, expected, found, NOW)).toEqual([
          expect.objectContaining({
            side: which,
            subject,
            reference,
            currency,
            ...difference(items[index]!),
          }),
        ]);
      }),
    );

  it('missing: only the ledger has it', () =>
    expectOne(
      (items, index) => ({ found: without(items, index) }),
      ({ amountMinor }) => ({ kind: 'missing', expectedMinor: amountMinor, foundMinor: 0 }),
    ));

  it('missing: the other side once had it, however young it is', () =>
    expectOne(
      (items, index) => ({
        expected: instead(items, index, { atMs: NOW }),
        found: instead(items, index, { atMs: NOW, standing: 'lost' }),
      }),
      ({ amountMinor }) => ({ kind: 'missing', expectedMinor: amountMinor, foundMinor: 0 }),
    ));

  it('extra: only the other side has it', () =>
    expectOne(
      (items, index) => ({ expected: without(items, index) }),
      ({ amountMinor }) => ({ kind: 'extra', expectedMinor: 0, foundMinor: amountMinor }),
    ));

  it('amount: both have it, with another amount', () =>
    expectOne(
      (items, index) => ({
        found: instead(items, index, { amountMinor: items[index]!.amountMinor + 1 }),
      }),
      ({ amountMinor }) => ({
        kind: 'amount',
        expectedMinor: amountMinor,
        foundMinor: amountMinor + 1,
      }),
    ));

  it('state: there it was stopped, or is under way for too long', () => {
    for (const standing of ['stopped', 'underWay'] as const) {
      expectOne(
        (items, index) => ({ found: instead(items, index, { standing, detail: 'why' }) }),
        ({ amountMinor }) => ({
          kind: 'state',
          expectedMinor: amountMinor,
          foundMinor: 0,
          detail: 'why',
        }),
      );
    }
  });

  it('timing: it is young, and the other side may still follow', () => {
    const young = (items: Item[], index: number) => instead(items, index, { atMs: NOW - HOUR_MS });
    expectOne(
      (items, index) => ({ expected: young(items, index), found: without(items, index) }),
      ({ amountMinor }) => ({ kind: 'timing', expectedMinor: amountMinor }),
    );
    expectOne(
      (items, index) => ({ expected: without(items, index), found: young(items, index) }),
      ({ amountMinor }) => ({ kind: 'timing', foundMinor: amountMinor }),
    );
    expectOne(
      (items, index) => ({
        found: instead(items, index, { atMs: NOW - HOUR_MS, standing: 'underWay' }),
      }),
      () => ({ kind: 'timing', foundMinor: 0 }),
    );
  });
});

describe('time', () => {
  const thing: Item = {
    subject: 'capture',
    reference: 'payment-1',
    amountMinor: 100,
    currency: 'EUR',
    atMs: 0,
  };
  it.each([
    ['paypal', 3],
    ['erp', 24],
  ] as const)('makes what %s lacks missing after %i hours', (which, hours) => {
    const kindAfter = (ms: number) => compareSide(which, [thing], [], ms)[0]?.kind;
    expect(kindAfter(hours * HOUR_MS - 1)).toBe('timing');
    expect(kindAfter(hours * HOUR_MS)).toBe('missing');
  });
});

describe('what is no difference', () => {
  it('is nothing at all, and what has not taken effect on the other side alone', () => {
    const nothing = { subject: 'release', reference: 'p', currency: 'EUR', atMs: 0 } as const;
    expect(compareSide('paypal', [{ ...nothing, amountMinor: 0 }], [], NOW)).toEqual([]);
    expect(compareSide('paypal', [], [{ ...nothing, amountMinor: 0 }], NOW)).toEqual([]);
    const pending = { ...nothing, amountMinor: 500, standing: 'underWay' } as const;
    expect(compareSide('paypal', [], [pending], NOW)).toEqual([]);
  });
});

describe('an amount in another currency', () => {
  it('is missing in the one and extra in the other', () => {
    const euros = {
      subject: 'capture',
      reference: 'p',
      amountMinor: 100,
      currency: 'EUR',
      atMs: 0,
    } as const;
    const found = compareSide('paypal', [euros], [{ ...euros, currency: 'USD' }], NOW);
    expect(found.map(({ kind, currency }) => `${kind} ${currency}`)).toEqual([
      'missing EUR',
      'extra USD',
    ]);
  });
});

describe('the sum of differences', () => {
  const off = (expectedMinor: number, foundMinor: number, currency: 'EUR' | 'JPY' = 'EUR') => ({
    expectedMinor,
    foundMinor,
    currency,
  });

  it('is "0.00" when there is none, and only then', () => {
    expect(sumOfDifferences([])).toBe('0.00');
    fc.assert(
      fc.property(fc.array(item, { minLength: 1 }), (items) => {
        const differences = items.map(({ amountMinor }) => off(amountMinor, 0));
        expect(sumOfDifferences(differences)).not.toBe('0.00');
      }),
    );
  });

  it('adds up absolute amounts, so that none hides another', () => {
    expect(sumOfDifferences([off(1_000, 1_001), off(1_001, 1_000)])).toBe('0.02');
    expect(sumOfDifferences([off(123_456, 0), off(0, 500, 'JPY')])).toBe('1734.56');
  });
});
