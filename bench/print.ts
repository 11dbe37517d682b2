import type { ArmFigures } from './figures.ts';
import { MOST_GROWTH_MIB, type MemoryFigures } from './memory.ts';
import { isMet, targetsOf, type Ratios, type Target } from './ratios.ts';

export function printArms(arms: readonly ArmFigures[], what = 'bids'): void {
  console.log(row('arm', `${what}/s`, 'slowest', 'fastest', 'p50 ms', 'p99 ms', 'accepted'));
  for (const arm of arms) {
    console.log(
      row(
        arm.name,
        whole(arm.perSecond),
        whole(arm.slowestPerSecond),
        whole(arm.fastestPerSecond),
        latency(arm.p50Ms),
        latency(arm.p99Ms),
        `${(arm.acceptedShare * 100).toFixed(1)} %`,
      ),
    );
    if (arm.broken) console.log(`  BROKEN: ${arm.broken}`);
  }
}

export const printRatios = (ratios: Ratios): void => printTargets(targetsOf(ratios));

export function printTargets(targets: readonly Target[]): void {
  for (const target of targets) {
    const { ratio, is, value } = target;
    const verdict = value === null ? 'not measured' : isMet(target) ? 'met' : 'MISSED';
    console.log(
      `${ratio.padEnd(10)}${is.padEnd(44)}${figure(value).padStart(8)}  ${boundOf(target)}: ${verdict}`,
    );
  }
}

export function printMemory({ bids, afterFirstMiB, atEndMiB, growthMiB }: MemoryFigures): void {
  const verdict = growthMiB < MOST_GROWTH_MIB ? 'met' : 'MISSED';
  console.log(
    `memory    ${whole(bids)} bids over HTTP: ${afterFirstMiB} MiB after the first tenth, ` +
      `${atEndMiB} MiB at the end, ${growthMiB} MiB more  less than ${MOST_GROWTH_MIB}: ${verdict}`,
  );
}

const row = (name: string, ...columns: string[]) =>
  name.padEnd(18) + columns.map((column) => column.padStart(12)).join('');

const whole = (number: number) => Math.round(number).toLocaleString('en-US');
const latency = (milliseconds: number) => (milliseconds === 0 ? '-' : milliseconds.toFixed(2));
const figure = (value: number | null) => value?.toFixed(3) ?? '-';

const boundOf = ({ bound }: Target) =>
  'atLeast' in bound ? `at least ${bound.atLeast}` : `at most ${bound.atMost}`;
