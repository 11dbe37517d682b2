import type { Outcome } from './support/arm.ts';
import { median } from './support/samples.ts';

/** An arm over all its rounds: medians, and how far the rounds lay apart. */
export interface ArmFigures {
  readonly name: string;
  readonly rounds: number;
  /** Accepted bids; 0 when an invariant was broken. */
  readonly perSecond: number;
  readonly slowestPerSecond: number;
  readonly fastestPerSecond: number;
  /** 0 where no latencies were taken. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly acceptedShare: number;
  readonly broken: string | null;
}

export function figuresOf(name: string, outcomes: readonly Outcome[]): ArmFigures {
  const loads = outcomes.map((outcome) => outcome.load);
  const rates = loads.map(({ perSecond }) => perSecond);
  const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
  const broken = outcomes.find((outcome) => outcome.broken)?.broken ?? null;
  return {
    name,
    rounds: outcomes.length,
    perSecond: broken ? 0 : median(rates),
    slowestPerSecond: Math.min(...rates),
    fastestPerSecond: Math.max(...rates),
    p50Ms: median(loads.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(loads.map(({ p99Ms }) => p99Ms)),
    acceptedShare:
      sum(loads.map(({ accepted }) => accepted)) / sum(loads.map(({ answered }) => answered)),
    broken,
  };
}
