import { Command, CommanderError } from 'commander';
import { campaignCommand } from './campaign/command.ts';
import { checkVectorsCommand } from './check-vectors/command.ts';
import { doctorCommand } from './commands/doctor.ts';
import { report } from './commands/fail.ts';
import { partCommands } from './commands/parts.ts';
import { tokenCommand } from './commands/token.ts';
import { upCommand } from './commands/up.ts';
import { verifyBidsCommand } from './verify-bids/command.ts';
import { reconcileCommand } from './reconcile/command.ts';
import { replayCommand } from './replay/command.ts';

const COMMANDS: readonly ((program: Command) => void)[] = [
  upCommand,
  partCommands,
  tokenCommand,
  doctorCommand,
  verifyBidsCommand,
  replayCommand,
  reconcileCommand,
  campaignCommand,
  checkVectorsCommand,
];

const program = new Command('bin/gavel')
  .description('Gavel: the durable back office of an auction-led commerce brand.')
  .showHelpAfterError('(bin/gavel COMMAND --help tells more)')
  .exitOverride();
for (const register of COMMANDS) register(program);
for (const command of program.commands) command.copyInheritedSettings(program);

try {
  await program.parseAsync();
} catch (fault) {
  // Commander has said what is wrong; asking for help is not wrong.
  if (fault instanceof CommanderError) process.exitCode = fault.exitCode === 0 ? 0 : 2;
  else process.exitCode = report(fault);
}
