import { Command, CommanderError } from 'commander';
import { report as reportFault } from '../commands/fail.ts';
import { saying } from '../support/patience.ts';
import { useStack, type UsedStack } from '../stack/index.ts';
import { prepare } from './policies.ts';
import { STORIES, type Story } from './stories.ts';
import { moneyOf, timelineOf } from './tell.ts';
import { faultsOf } from './verdict.ts';
import { World } from './world.ts';

interface Options {
  readonly once?: boolean;
  readonly fresh?: boolean;
}

/** What shells say of a process that Ctrl-C ended. */
const INTERRUPTED = 130;

const program = new Command('bin/demo')
  .description('Starts everything on this machine and carries six auctions through six stories.')
  .option('--once', 'end after the stories; exit 0 only if each ended as it should')
  .option('--fresh', 'clear the state of earlier runs first')
  .exitOverride();

try {
  program.parse();
  process.exitCode = await demonstrate(program.opts<Options>());
  // Interrupted stories would otherwise go on waiting for what has been stopped.
  if (process.exitCode === INTERRUPTED) process.exit();
} catch (fault) {
  if (fault instanceof CommanderError) process.exitCode = fault.exitCode === 0 ? 0 : 2;
  else process.exitCode = reportFault(fault);
}

async function demonstrate({ once, fresh }: Options): Promise<number> {
  const interrupted = new AbortController();
  const interruption = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        interrupted.abort();
        resolve();
      });
    }
  });
  const stack = await saying(
    'Starting PostgreSQL, Temporal, Azurite, the simulators, the API and the worker',
    useStack({ fresh, signal: interrupted.signal }),
  );
  try {
    const stories = tellStories(stack);
    const done = await Promise.race([stories, interruption.then(() => undefined)]);
    if (done === undefined) return INTERRUPTED;
    if (!once) {
      console.log('\nEverything stays up; Ctrl-C stops it.');
      await interruption;
    }
    return done ? 0 : 1;
  } finally {
    if (stack.startedHere) console.log('Stopping ...');
    await stack.release();
  }
}

/** Plays the six stories side by side, then tells each. True when all ended as they should. */
async function tellStories(stack: UsedStack): Promise<boolean> {
  const world = new World(stack);
  await prepare(world);
  const began = performance.now();
  const playing = Promise.all(
    STORIES.map(async (story) => {
      const ending = await play(world, story);
      const seconds = ((performance.now() - began) / 1_000).toFixed(0).padStart(3);
      console.log(
        `${seconds} s  ${ending.faults.length === 0 ? 'done  ' : 'FAILED'}  ${story.title}`,
      );
      return ending;
    }),
  );
  const endings = await saying('Six auctions, side by side (about half a minute)', playing);
  for (const [i, ending] of endings.entries()) await tell(world, i + 1, ending);
  await tellReport(world);
  tellLinks(stack);

  const failed = endings.filter(({ faults }) => faults.length > 0);
  console.log(
    failed.length === 0
      ? `\nAll ${STORIES.length} stories ended as they should.`
      : `\n${failed.length} of ${STORIES.length} stories did not end as they should; logs are in ${stack.state}/logs.`,
  );
  return failed.length === 0;
}

interface Ending {
  readonly story: Story;
  readonly auctionId?: string;
  readonly faults: string[];
}

async function play(world: World, story: Story): Promise<Ending> {
  let auctionId: string | undefined;
  try {
    auctionId = await story.play(world);
    return { story, auctionId, faults: await faultsOf(world, story, auctionId) };
  } catch (error) {
    return { story, auctionId, faults: [error instanceof Error ? error.message : String(error)] };
  }
}

async function tell(world: World, number: number, { story, auctionId, faults }: Ending) {
  console.log(`\n${number}. ${story.title}`);
  if (auctionId) {
    for (const line of await timelineOf(world, auctionId)) console.log(`   ${line}`);
    console.log('   where the money went:');
    for (const line of await moneyOf(world, auctionId)) console.log(`     ${line}`);
  }
  for (const fault of faults) console.log(`   FAILED: ${fault}`);
}

interface Run {
  id: string;
  state: string;
  url: string;
  rows: number;
  bytes: number;
}

async function tellReport(world: World): Promise<void> {
  const today = new Date().toISOString().slice(0, 10);
  const { id } = await world.finance.post<Run>('/v1/reports/sales/runs', {
    parameters: { first_day: today, last_day: today },
  });
  const run = await world.until('the report is stored', async () => {
    const found = await world.finance.get<Run>(`/v1/report-runs/${id}`);
    return ['stored', 'failed'].includes(found.state) ? found : undefined;
  });
  if (run.state === 'failed') throw new Error('the report of the sales failed');
  console.log(`\nFinance's report of today's sales, ${run.rows} rows, ${run.bytes} bytes`);
  console.log(`   ${run.url}`);
  const content = await world.finance.text(`/v1/report-runs/${id}/content`);
  for (const line of content.trimEnd().split('\n')) console.log(`   ${line}`);
}

function tellLinks({ addresses }: UsedStack): void {
  console.log('\nLook around');
  console.log(`   API documentation  ${addresses.apiDocs}`);
  console.log(`   Temporal web UI    ${addresses.temporalUi}/namespaces/default/workflows`);
  console.log(`   a token            bin/gavel token --role operator`);
}
