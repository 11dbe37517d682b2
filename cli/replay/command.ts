import { randomBytes } from 'node:crypto';
import { InvalidArgumentError, type Command } from 'commander';
import { readTextFile } from './text-file.ts';
import { readAuctions, type RecordedAuction } from './auction-file.ts';
import { figuresOf, linesOf } from './figures.ts';
import { House } from './house.ts';
import { showProgress } from './progress.ts';
import { replayAuction, type Replayed } from './replay.ts';
import { sideBySide } from './side-by-side.ts';
import { withStack } from './with-stack.ts';

/** Lives, from the first bid to the last document. Each mostly waits, so more than there are cores. */
const AUCTIONS_AT_ONCE = 32;

interface ReplayOptions {
  readonly limit?: number;
  readonly json?: boolean;
}

export function replayCommand(program: Command): void {
  program
    .command('replay')
    .description('play recorded auctions through the running system, from bid to payout')
    .argument('<file>', 'CSV: auction_id, item, duration_days, opening_bid, placed_at_days, ...')
    .option('--limit <n>', 'only the first n auctions of the file', limitArgument)
    .option('--json', 'write the figures as one JSON object')
    .addHelpText(
      'after',
      '\nStarts what is not running, and stops that again. Where the bids alone do not give the\n' +
        'recorded price, an auction is played again with that price as its reserve. Exit code 1\n' +
        'when a sale did not come to its end.',
    )
    .action(replay);
}

async function replay(file: string, { limit, json }: ReplayOptions): Promise<void> {
  const auctions = readAuctions(readTextFile(file), file, console.error).slice(0, limit);
  const { replayed, seconds } = await withStack(async (stack) => {
    const began = performance.now();
    const house = new House(stack, randomBytes(4).toString('hex'));
    await house.prepare();
    const replayed = await playAll(house, auctions);
    return { replayed, seconds: (performance.now() - began) / 1_000 };
  });

  const figures = figuresOf(replayed, seconds);
  console.log(json ? JSON.stringify(figures) : linesOf(figures).join('\n'));
  for (const { recorded, faults } of replayed)
    for (const fault of faults) console.error(`${recorded.id}: ${fault}`);
  if (replayed.some(({ faults }) => faults.length > 0)) process.exitCode = 1;
}

async function playAll(house: House, auctions: readonly RecordedAuction[]): Promise<Replayed[]> {
  const progress = showProgress(auctions);
  try {
    return await sideBySide(auctions, AUCTIONS_AT_ONCE, (auction) =>
      replayAuction(house, auction, progress),
    );
  } finally {
    progress.stop();
  }
}

function limitArgument(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number above 0.');
}
