import { figuresOf, type ArmFigures } from './figures.ts';
import type { Arm, Outcome } from './support/arm.ts';
import type { Options } from './support/options.ts';

/** Before the first round, so that no arm is measured while it is being compiled: V8 takes this long. */
const WARM_UP_SECONDS = 3;

/** Interleaved, so that a slow minute of the machine meets all arms and not one. */
export async function runRounds<On>(
  on: On,
  arms: readonly Arm<On>[],
  { rounds, seconds }: Pick<Options, 'rounds' | 'seconds'>,
): Promise<ArmFigures[]> {
  const outcomes = new Map<Arm<On>, Outcome[]>(arms.map((arm) => [arm, []]));
  for (const arm of arms) await arm.run(on, WARM_UP_SECONDS);
  for (let round = 1; round <= rounds; round += 1) {
    for (const [arm, its] of outcomes) {
      globalThis.gc?.(); // What checking the last arm has left would be collected during this one.
      const outcome = await arm.run(on, seconds);
      its.push(outcome);
      console.error(`round ${round} of ${rounds}: ${arm.name} ${inWords(outcome)}`);
    }
  }
  return [...outcomes].map(([{ name }, its]) => figuresOf(name, its));
}

const inWords = ({ load: { perSecond, p99Ms }, broken }: Outcome) =>
  `${perSecond.toFixed(0)}/s${p99Ms > 0 ? `, p99 ${p99Ms.toFixed(2)} ms` : ''}` +
  (broken ? `, BROKEN: ${broken}` : '');
