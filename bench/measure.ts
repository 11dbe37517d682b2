import { ARMS } from './arms/index.ts';
import { measureMemory } from './memory.ts';
import { printArms, printMemory, printRatios } from './print.ts';
import { ratiosOf } from './ratios.ts';
import { runRounds } from './rounds.ts';
import { openBench, type Bench } from './support/bench.ts';
import type { House } from './support/house.ts';
import { describeMachine } from './support/machine.ts';
import { whereLoadRuns } from './support/one-core.ts';
import type { Options } from './support/options.ts';

/** The exit code: 1 when an arm broke an invariant. A ratio that misses is for the reader to judge. */
export async function measure(house: House, options: Options): Promise<number> {
  const bench = await openBench(house, options.profile);
  try {
    return await measureOn(bench, options);
  } finally {
    await bench.stop();
  }
}

async function measureOn(bench: Bench, options: Options): Promise<number> {
  const machine = `${await describeMachine(bench)}, ${await whereLoadRuns()}`;
  console.error(machine);
  const isWanted = (name: string) =>
    options.only.length === 0 || options.only.some((wanted) => name.startsWith(wanted));
  const wanted = ARMS.filter(({ name }) => isWanted(name));
  const arms = await runRounds(bench, wanted, options);
  const memory = isWanted('memory') ? await measureMemory(bench) : undefined;

  const ratios = ratiosOf(arms);
  if (options.json) {
    console.log(JSON.stringify({ ...ratios, arms: memory ? [...arms, memory] : arms }));
  } else {
    console.log(`\n${machine}\n`);
    printArms(arms);
    console.log();
    printRatios(ratios);
    if (memory) printMemory(memory);
  }
  return arms.some(({ broken }) => broken) ? 1 : 0;
}
