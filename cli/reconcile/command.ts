import { InvalidArgumentError, type Command } from 'commander';
import { withStack } from '../replay/with-stack.ts';
import { linesOf } from './lines.ts';
import { reconcile } from './reconcile.ts';

interface ReconcileOptions {
  readonly from?: string;
  readonly to?: string;
  readonly json?: boolean;
}

export function reconcileCommand(program: Command): void {
  program
    .command('reconcile')
    .description('compare the ledger with PayPal and the ERP; exit 1 where they differ')
    .option('--from <time>', '31 days before --to when left out', timeArgument)
    .option('--to <time>', 'not included; now when left out', timeArgument)
    .option('--json', 'print { sales, compared, differences, sumOfDifferences }')
    .addHelpText(
      'after',
      '\nA time is a day (2026-11-21, UTC) or an ISO 8601 moment. Every sale with which something\n' +
        'happened in that time, on any side, is compared whole. `compared` counts ledger\n' +
        "transactions, lines of PayPal's report, and documents that the ERP knows.\n" +
        '`sumOfDifferences` adds up absolute amounts, also of what is only a matter of timing;\n' +
        'over several currencies it says no more than whether it is "0.00". What people have\n' +
        'closed with a reason is not counted.\n' +
        'Starts what is not running, and stops that again.\n' +
        'Exit code: 0 when all agree, 1 when they differ or could not be compared, 2 for wrong use.',
    )
    .action(run);
}

async function run({ from, to, json }: ReconcileOptions): Promise<void> {
  const result = await withStack((stack) => reconcile(stack, { from, to }));
  console.log(json ? JSON.stringify(result) : linesOf(result).join('\n'));
  if (result.differences.length > 0) process.exitCode = 1;
}

function timeArgument(text: string): string {
  const at = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? new Date(text)
    : undefined;
  if (at && !Number.isNaN(at.getTime())) return at.toISOString();
  throw new InvalidArgumentError('It is a day such as 2026-11-21, or an ISO 8601 moment.');
}
