import type { Bench } from './bench.ts';
import type { Load } from './load.ts';

/** One side of a ratio. */
export interface Arm<On = Bench> {
  readonly name: string;
  run(on: On, seconds: number): Promise<Outcome>;
}

export interface Outcome {
  readonly load: Load;
  /** The invariant that did not hold: then the arm scores nothing, however fast it was. */
  readonly broken: string | undefined;
}

/** As many as the ratios speak of. */
export const CALLERS = 100;
export const AUCTIONS = 1_000;
