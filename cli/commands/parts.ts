import type { Command } from 'commander';
import {
  PART_NAMES,
  runningSupervisor,
  StackError,
  type PartName,
  type RunningStack,
  type StackPart,
} from '../stack/index.ts';
import { partArgument } from './fail.ts';
import { addressLines } from './up.ts';

/** Commands to a stack that `bin/gavel up` keeps up in another terminal. */
export function partCommands(program: Command): void {
  const parts = PART_NAMES.join(', ');

  program
    .command('stop')
    .description('stop one part of the running stack, until it is started again')
    .argument('<part>', parts, partArgument)
    .action(async (name: PartName) => {
      await (await part(name)).stop();
      console.log(`${name} is stopped. Start it with: bin/gavel start ${name}`);
    });

  program
    .command('start')
    .description('start a part that was stopped')
    .argument('<part>', parts, partArgument)
    .action(async (name: PartName) => {
      await (await part(name)).start();
      console.log(`${name} is ready.`);
    });

  program
    .command('restart')
    .description('stop a part in good order, and start it again')
    .argument('<part>', parts, partArgument)
    .action(async (name: PartName) => {
      const restarted = await part(name);
      await restarted.stop();
      await restarted.start();
      console.log(`${name} is ready.`);
    });

  program
    .command('status')
    .description('show the parts of the running stack and its addresses')
    .action(async () => {
      const stack = await running();
      for (const { name, status, log } of stack.parts)
        console.log(`  ${name.padEnd(10)} ${status.padEnd(9)} ${log}`);
      console.log(addressLines(stack.addresses).join('\n'));
    });
}

async function part(name: PartName): Promise<StackPart> {
  return (await running()).part(name);
}

async function running(): Promise<RunningStack> {
  const stack = await runningSupervisor();
  if (!stack) throw new StackError('No stack is running. Start it with: bin/gavel up');
  return stack;
}
