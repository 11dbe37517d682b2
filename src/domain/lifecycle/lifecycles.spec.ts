import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIFECYCLES } from './index.ts';
import { moveFor, type ActorKind, type Lifecycle } from './lifecycle.ts';

const ACTORS: ActorKind[] = ['bidder', 'seller', 'operator', 'finance', 'workflow', 'provider'];
const lifecycles = Object.entries(LIFECYCLES) as [string, Lifecycle][];

describe.each(lifecycles)('the lifecycle of %s', (table, lifecycle) => {
  const events = [...new Set(lifecycle.edges.map(({ event }) => event))];

  it('is named for the table that it guards, and names only states that it has', () => {
    expect(lifecycle.name).toBe(table);
    expect(new Set(lifecycle.states).size).toBe(lifecycle.states.length);
    for (const { from, to, by } of lifecycle.edges) {
      expect(lifecycle.states).toEqual(expect.arrayContaining([...from, to]));
      expect(by).not.toHaveLength(0);
      expect(from).not.toContain(to);
    }
  });

  it('has at most one way for an event to leave a state', () => {
    const ways = lifecycle.edges.flatMap(({ event, from }) =>
      from.map((state) => `${state} ${event}`),
    );
    expect(new Set(ways).size).toBe(ways.length);
  });

  it('reaches every state from the first, and comes to rest from every state', () => {
    expect(reachable(lifecycle, lifecycle.initial)).toEqual(new Set(lifecycle.states));
    for (const state of lifecycle.states) {
      const ends = [...reachable(lifecycle, state)].filter((end) => lifecycle.atRest.includes(end));
      expect(ends, `no rest from ${state}`).not.toHaveLength(0);
    }
  });

  it('leads nowhere from an end', () => {
    for (const state of lifecycle.final) {
      for (const event of events) {
        for (const by of ACTORS) {
          expect(moveFor(lifecycle, state, event, by).kind).not.toBe('moves');
        }
      }
    }
  });

  it('moves along the edges of its table only, and for those who may', () => {
    const cases = fc.tuple(
      fc.constantFrom(...lifecycle.states),
      fc.constantFrom(...events),
      fc.constantFrom(...ACTORS),
    );
    fc.assert(
      fc.property(cases, ([state, event, by]) => {
        const move = moveFor(lifecycle, state, event, by);
        const edge = lifecycle.edges.find(
          (each) => each.event === event && each.from.includes(state),
        );
        const leadsHere = lifecycle.edges.some((each) => each.event === event && each.to === state);
        if (edge?.by.includes(by)) expect(move).toEqual({ kind: 'moves', to: edge.to });
        else if (!edge && leadsHere) expect(move).toEqual({ kind: 'alreadyThere' });
        else expect(move.kind).toBe('refused');
      }),
      { numRuns: 500 },
    );
  });

  it('takes any string of events to a state that it has, and a repeated event changes nothing', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom(...events), fc.constantFrom(...ACTORS)), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(steps, (drawn) => {
        let state = lifecycle.initial;
        for (const [event, by] of drawn) {
          const move = moveFor(lifecycle, state, event, by);
          if (move.kind !== 'moves') continue;
          state = move.to;
          const again = moveFor(lifecycle, state, event, by);
          // Unless the event leads on from there, hearing it twice is hearing it once.
          const leadsOn = lifecycle.edges.some((e) => e.event === event && e.from.includes(state));
          expect(again.kind === 'alreadyThere' || leadsOn).toBe(true);
        }
        expect(lifecycle.states).toContain(state);
      }),
    );
  });
});

describe('a refusal', () => {
  it('says what is not possible, or who may not', () => {
    const { auction, offer } = LIFECYCLES;
    expect(moveFor(auction, 'settled', 'open', 'workflow')).toEqual({
      kind: 'refused',
      reason: 'an auction that is settled cannot open',
    });
    expect(moveFor(offer, 'extended', 'accept', 'seller')).toEqual({
      kind: 'refused',
      reason: 'accept is not for a seller to cause',
    });
  });
});

function reachable(lifecycle: Lifecycle, from: string): Set<string> {
  const found = new Set([from]);
  for (const state of found) {
    for (const edge of lifecycle.edges) if (edge.from.includes(state)) found.add(edge.to);
  }
  return found;
}
