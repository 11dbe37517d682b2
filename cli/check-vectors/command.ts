import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { sideBySide } from '../replay/side-by-side.ts';
import { readTextFile } from '../replay/text-file.ts';
import { withStack } from '../replay/with-stack.ts';
import { readingsOf } from './expectations.ts';
import { House } from './house.ts';
import { playVector, type Mismatch } from './play.ts';
import { isPlayable, lateBidsOf, playLateBid } from './soft-close.ts';
import { readVectors, type VectorFile } from './vector-file.ts';

const AUCTIONS_AT_ONCE = 32;

export function checkVectorsCommand(program: Command): void {
  program
    .command('check-vectors')
    .description('play proxy-bid vectors through the running system and compare every step')
    .argument('<file>', 'JSON: incrementTables, vectors, softClose')
    .option('--json', 'write the result as one JSON object')
    .addHelpText(
      'after',
      '\nStarts what is not running, and stops that again. Exit code 1 when something differs.',
    )
    .action(checkVectors);
}

async function checkVectors(file: string, { json }: { readonly json?: boolean }): Promise<void> {
  const vectors = readVectors(readTextFile(file), file);
  const result = await withStack(async (stack) => {
    const house = new House(stack, randomBytes(4).toString('hex'));
    await house.prepare();
    return playAll(house, vectors);
  });
  console.log(json ? JSON.stringify(result) : linesOf(result).join('\n'));
  if (result.mismatches.length > 0) process.exitCode = 1;
}

interface Result {
  readonly vectors: number;
  readonly steps: number;
  readonly mismatches: readonly Mismatch[];
  readonly alternatives: { readonly vectors: number; readonly steps: number };
  /** Bids that an auction of their own cannot show are counted, not played. */
  readonly softClose: { readonly vectors: number; readonly bids: number; readonly skipped: number };
}

async function playAll(house: House, file: VectorFile): Promise<Result> {
  const { incrementTables, vectors, softClose } = file;
  const readings = vectors.flatMap(readingsOf);
  const alternatives = readings.filter(({ alternative }) => alternative !== undefined);
  const lateBids = softClose.flatMap(lateBidsOf);
  const plays = [
    ...readings.map((reading) => () => playVector(house, incrementTables, reading)),
    ...lateBids.filter(isPlayable).map((late) => () => playLateBid(house, late)),
  ];
  const mismatches = await sideBySide(plays, AUCTIONS_AT_ONCE, (play) => play());
  return {
    vectors: vectors.length,
    steps: stepsOf(vectors),
    mismatches: mismatches.flat(),
    alternatives: {
      vectors: alternatives.length,
      steps: stepsOf(alternatives.map(({ vector }) => vector)),
    },
    softClose: {
      vectors: softClose.length,
      bids: lateBids.length,
      skipped: lateBids.filter((late) => !isPlayable(late)).length,
    },
  };
}

const stepsOf = (vectors: readonly VectorFile['vectors'][number][]): number =>
  vectors.reduce((sum, { steps }) => sum + steps.length, 0);

function linesOf({ vectors, steps, mismatches, alternatives, softClose }: Result): string[] {
  const skipped = softClose.skipped > 0 ? ` (${softClose.skipped} cannot be played)` : '';
  return [
    `${vectors} vectors with ${steps} steps; ${alternatives.vectors} plays by alternative rules ` +
      `with ${alternatives.steps} steps; ${softClose.vectors} soft closes with ` +
      `${softClose.bids} bids${skipped}.`,
    ...mismatches.map(
      ({ vector, step, field, expected, got }) =>
        `  ${vector}, step ${step}: ${field} should be ${String(expected)}, but is ${String(got)}`,
    ),
    mismatches.length === 0 ? 'No differences.' : `${mismatches.length} differences.`,
  ];
}
