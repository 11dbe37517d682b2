import type { Command } from 'commander';
import { SETTINGS } from '../../src/settings.ts';
import {
  PART_NAMES,
  runningSupervisor,
  startStack,
  StackError,
  type Addresses,
  type PartName,
} from '../stack/index.ts';
import { saying } from '../support/patience.ts';
import { partsArgument, UsageError } from './fail.ts';

interface UpOptions {
  readonly fresh?: boolean;
  readonly without?: readonly PartName[];
}

export function upCommand(program: Command): void {
  program
    .command('up')
    .description('start the whole system on this machine and keep it up until Ctrl-C')
    .option('--fresh', 'clear the state of earlier runs first')
    .option('--without <parts>', `do not start these (${PART_NAMES.join(', ')})`, partsArgument)
    .addHelpText(
      'after',
      '\nParts that the environment gives (DATABASE_URL, TEMPORAL_ADDRESS, PAYPAL_BASE_URL,\n' +
        'ERP_BASE_URL, AZURE_STORAGE_CONNECTION_STRING) are used and not started.\n' +
        'The state is kept in GAVEL_STATE, by default .gavel/.',
    )
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  if (process.env.GAVEL_ENVIRONMENT === SETTINGS.shape.GAVEL_ENVIRONMENT.unwrap().enum.production)
    throw new UsageError('bin/gavel up is for development; GAVEL_ENVIRONMENT is production.');
  await refuseSecond();

  const interrupted = new AbortController();
  const interruption = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        interrupted.abort();
        resolve();
      });
  });

  const began = performance.now();
  const stack = await saying(
    'Starting the stack',
    startStack({
      fresh: options.fresh,
      only: PART_NAMES.filter((name) => !options.without?.includes(name)),
      signal: interrupted.signal,
    }),
  );
  console.log(addressLines(stack.addresses).join('\n'));
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  console.log(`Ready after ${seconds} s; state and logs in ${stack.state}. Ctrl-C stops it all.`);

  await interruption;
  console.log('Stopping ...');
  await stack.stop();
  console.log('Stopped.');
}

async function refuseSecond(): Promise<void> {
  const running = await runningSupervisor();
  if (!running) return;
  throw new StackError(
    [
      `A stack is already running on ${running.state} (process ${running.supervisor}):`,
      ...addressLines(running.addresses),
      'Stop it with Ctrl-C where it runs, or set GAVEL_STATE to another folder for a second one.',
    ].join('\n'),
  );
}

export function addressLines(addresses: Addresses): string[] {
  return [
    `  API                ${addresses.api}`,
    `  API documentation  ${addresses.apiDocs}`,
    `  Temporal web UI    ${addresses.temporalUi}`,
    `  Temporal           ${addresses.temporal}`,
    `  PostgreSQL         ${withoutPassword(addresses.database)}`,
    `  Blob storage       ${addresses.blob}`,
    `  PayPal             ${addresses.paypal}`,
    `  ERP                ${addresses.erp}`,
    `  Worker             ${addresses.worker}`,
  ];
}

/** Terminals are recorded and shared. */
function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.password = '';
  return shown.href;
}
