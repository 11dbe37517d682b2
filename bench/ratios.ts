import type { ArmFigures } from './figures.ts';

export interface Ratios {
  readonly R1: number | null;
  readonly R2: number | null;
  readonly R3: number | null;
  readonly R4: {
    readonly hot: number | null;
    readonly spread: number | null;
    /** The worse of the two. */
    readonly p99: number | null;
  };
  readonly R5: number | null;
}

export interface Target {
  readonly ratio: string;
  readonly is: string;
  readonly value: number | null;
  readonly bound: { readonly atLeast: number } | { readonly atMost: number };
}

/** A ratio is null when one of its arms was not run, and misses when one broke an invariant. */
export function ratiosOf(arms: readonly ArmFigures[]): Ratios {
  const hot = rate('http-hot');
  return {
    R1: over(hot, rate('http-empty')),
    R2: over(hot, best('pgbench-hot-')),
    R3: over(rate('http-spread'), best('pgbench-spread-')),
    R4: {
      hot: over(rate('engine-hot'), rate('typeorm-hot')),
      spread: over(rate('engine-spread'), rate('typeorm-spread')),
      p99: worse(
        over(latency('engine-hot'), latency('typeorm-hot')),
        over(latency('engine-spread'), latency('typeorm-spread')),
      ),
    },
    R5: over(latency('engine-lone'), latency('pgbench-hot-1')),
  };

  function find(name: string) {
    return arms.find((arm) => arm.name === name);
  }
  function rate(name: string) {
    return find(name)?.perSecond;
  }
  /** A broken arm has been fast for nothing. */
  function latency(name: string) {
    const arm = find(name);
    return arm && (arm.broken ? Infinity : arm.p99Ms);
  }
  function best(prefix: string) {
    return bestOf(arms, prefix);
  }
}

export const targetsOf = ({ R1, R2, R3, R4, R5 }: Ratios): Target[] => [
  {
    ratio: 'R1',
    is: 'bids / empty POSTs, over HTTP, one auction',
    value: R1,
    bound: { atLeast: 0.55 },
  },
  { ratio: 'R2', is: 'HTTP / best pgbench, one auction', value: R2, bound: { atLeast: 4 } },
  { ratio: 'R3', is: 'HTTP / best pgbench, 1,000 auctions', value: R3, bound: { atLeast: 1.5 } },
  { ratio: 'R4 hot', is: 'engine / TypeORM, one auction', value: R4.hot, bound: { atLeast: 40 } },
  { ratio: 'R4 spread', is: 'engine / TypeORM, 1,000', value: R4.spread, bound: { atLeast: 15 } },
  {
    ratio: 'R4 p99',
    is: 'p99 of engine / of TypeORM, worse',
    value: R4.p99,
    bound: { atMost: 0.1 },
  },
  { ratio: 'R5', is: 'p99 of a lone caller / of pgbench -c 1', value: R5, bound: { atMost: 4 } },
];

export const isMet = ({ value, bound }: Target): boolean =>
  value !== null && ('atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost);

export function bestOf(arms: readonly ArmFigures[], prefix: string): number | undefined {
  const rates = arms.filter(({ name }) => name.startsWith(prefix)).map((arm) => arm.perSecond);
  return rates.length > 0 ? Math.max(...rates) : undefined;
}

export function over(above: number | undefined, below: number | undefined): number | null {
  if (above === undefined || below === undefined) return null;
  // Both would be Infinity or NaN in JSON, and a broken baseline must not look like a victory.
  return below === 0 || below === Infinity ? 0 : above / below;
}

const worse = (a: number | null, b: number | null) =>
  a === null || b === null ? null : Math.max(a, b);
