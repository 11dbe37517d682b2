import type { Command } from 'commander';
import { readSettings, type Settings } from '../../src/settings.ts';
import { runningSupervisor, StackError } from '../stack/index.ts';
import { CHECKS, type Check } from './doctor-checks.ts';
import { WORK_CHECKS } from './work-checks.ts';

const PATIENCE_MS = 10_000;

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('check everything that Gavel needs, one line each')
    .addHelpText(
      'after',
      '\nSettings are taken from the environment, and those missing there from the running stack.',
    )
    .action(async () => {
      const settings = readSettingsOr(await knownSettings());
      const findings = await examineAll([...CHECKS, ...WORK_CHECKS], settings);
      for (const { line } of findings) console.log(line);
      if (findings.some(({ well }) => !well)) process.exitCode = 1;
    });
}

async function knownSettings(): Promise<NodeJS.ProcessEnv> {
  const running = await runningSupervisor();
  const given = Object.entries(process.env).filter(([, text]) => text !== '');
  return { ...running?.environment, ...Object.fromEntries(given) };
}

function readSettingsOr(environment: NodeJS.ProcessEnv): Settings {
  try {
    return readSettings(environment);
  } catch (fault) {
    throw new StackError(
      `FAIL settings\n${(fault as Error).message}\n` +
        'Set these in the environment, or start a stack of your own with: bin/gavel up',
    );
  }
}

interface Finding {
  readonly well: boolean;
  readonly line: string;
}

/** All at once. What cannot be told while something else is away is not blamed for it. */
export async function examineAll(checks: readonly Check[], settings: Settings): Promise<Finding[]> {
  const findings = await Promise.all(checks.map((check) => examine(check, settings)));
  const failed = checks.filter((_, i) => !findings[i]!.well).map(({ name }) => name);
  return checks.map((check, i) => {
    const missing = check.needs?.find((need) => failed.includes(need));
    if (findings[i]!.well || !missing) return findings[i]!;
    return { well: true, line: `?    ${check.name.padEnd(9)} cannot be told without ${missing}` };
  });
}

export async function examine(check: Check, settings: Settings): Promise<Finding> {
  const name = check.name.padEnd(9);
  try {
    const found = await within(PATIENCE_MS, check.examine(settings));
    return { well: true, line: `ok   ${name} ${found}` };
  } catch (fault) {
    const reason = withoutSecrets(causeOf(fault), settings);
    return { well: false, line: `FAIL ${name} ${reason}. ${check.remedy}` };
  }
}

function within<Answer>(milliseconds: number, work: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    const slow = new Error(`no answer within ${milliseconds / 1_000} s`);
    timer = setTimeout(() => reject(slow), milliseconds);
  });
  return Promise.race([work, tooLong]).finally(() => clearTimeout(timer));
}

/** The innermost reason: "fetch failed" and its like say nothing by themselves. */
function causeOf(fault: unknown): string {
  if (fault instanceof AggregateError && fault.errors.length > 0) return causeOf(fault.errors[0]);
  if (!(fault instanceof Error)) return String(fault);
  if (fault.cause !== undefined) return causeOf(fault.cause);
  return (fault.message.split('\n')[0] ?? fault.name).replace(/\.$/, '');
}

/** Some libraries put the address, with its password, into their messages. */
function withoutSecrets(text: string, settings: Settings): string {
  const secrets = [
    decodeURIComponent(new URL(settings.DATABASE_URL).password),
    new URL(settings.DATABASE_URL).password,
    /AccountKey=([^;]+)/.exec(settings.AZURE_STORAGE_CONNECTION_STRING)?.[1],
    settings.PAYPAL_CLIENT_SECRET,
    settings.ERP_SECRET,
    settings.TEMPORAL_API_KEY,
  ];
  return secrets.reduce<string>(
    (shown, secret) => (secret ? shown.replaceAll(secret, '***') : shown),
    text,
  );
}
