import { parseArgs } from 'node:util';

export interface Options {
  readonly json: boolean;
  /** Of each arm, in each round. */
  readonly seconds: number;
  readonly rounds: number;
  /** Only these arms; ratios that need others are left out. */
  readonly only: readonly string[];
  /** A folder for the CPU profile of the API. */
  readonly profile: string | undefined;
}

export const usage = (command: string): string => `npm run ${command} -- [options]
  --json          one JSON object on standard output, and nothing else
  --seconds N     per arm and round (default 5)
  --rounds N      the median is taken of so many (default 3)
  --only A,B      only these arms, by how their names begin
  --profile DIR   keep a CPU profile of the API, where there is one (best with --only http-hot)`;

/** Throws a RangeError or parseArgs' TypeError, both with a sentence. */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '3' },
      only: { type: 'string', default: '' },
      profile: { type: 'string' },
    },
  });
  return {
    json: values.json,
    seconds: wholeNumber('--seconds', values.seconds),
    rounds: wholeNumber('--rounds', values.rounds),
    only: values.only.split(',').filter((name) => name !== ''),
    profile: values.profile,
  };
}

// pgbench takes whole seconds.
function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 600) return number;
  throw new RangeError(`${name} is a whole number from 1 to 600, not "${text}".`);
}
