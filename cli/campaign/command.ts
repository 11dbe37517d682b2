import { randomInt } from 'node:crypto';
import { InvalidArgumentError, type Command } from 'commander';
import { linesOf } from '../reconcile/lines.ts';
import { withStack } from '../replay/with-stack.ts';
import { runCampaign, type Campaign } from './campaign.ts';

interface CampaignOptions {
  readonly sales: number;
  readonly seed?: number;
  readonly json?: boolean;
}

export function campaignCommand(program: Command): void {
  program
    .command('campaign')
    .description('play sales in which everything goes wrong that can, then reconcile')
    .option('--sales <n>', 'how many', wholeNumber, 200)
    .option('--seed <n>', 'what goes wrong; a new one when left out', wholeNumber)
    .option('--json', 'write the outcome as one JSON object')
    .addHelpText(
      'after',
      '\nFor development: makes the simulators fail, and kills the worker and the API meanwhile.\n' +
        'Starts what is not running, and stops that again. Exit code 1 when a sale did not come to\n' +
        'its end, something happened twice, or the sides differ.',
    )
    .action(campaign);
}

async function campaign({ sales, seed = randomInt(2 ** 31), json }: CampaignOptions) {
  console.error(`Seed ${seed}`);
  const result = await withStack((stack) => runCampaign(stack, { seed, sales }, console.error));
  console.log(json ? JSON.stringify(result) : told(result).join('\n'));
  const { unfinished, unexplained, doubleEffects, reconciled } = result;
  const faults = [unfinished, unexplained, doubleEffects, reconciled.differences];
  if (faults.some(({ length }) => length > 0)) process.exitCode = 1;
}

const told = ({ seed, seconds, unfinished, unexplained, doubleEffects, reconciled }: Campaign) => [
  `Seed ${seed}, ${seconds} s`,
  ...unfinished.map((fault) => `not at its end: ${fault}`),
  ...unexplained,
  ...doubleEffects,
  `${doubleEffects.length} double effects`,
  ...linesOf(reconciled),
];

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number above 0.');
}
