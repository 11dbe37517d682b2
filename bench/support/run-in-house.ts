import { House } from './house.ts';
import { readOptions, usage, type Options } from './options.ts';

/**
 * Runs a benchmark by its command line in a house of its own; the exit code is what it answers. Nothing
 * is left then, so the process ends by itself: process.exit() would wait for ever for V8's compiler, when
 * that waits for a collection of garbage (github.com/nodejs/node/issues/64274).
 */
export async function runInHouse(
  command: string,
  measure: (house: House, options: Options) => Promise<number>,
): Promise<void> {
  const options = optionsOrExit(command);
  const opening = House.open();
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void interrupt(signal));

  try {
    process.exitCode = await measure(await opening, options);
    await closeHouse();
  } catch (fault) {
    // An interruption fails whatever was running; that is not news, and it cleans up by itself.
    if (interrupted) return;
    console.error(fault);
    await closeHouse();
    process.exitCode = 1;
  }

  /** Nobody listens any more, so the same signal, by whomever, now ends the process at once. */
  async function interrupt(signal: NodeJS.Signals): Promise<void> {
    interrupted = true;
    console.error('Interrupted: stopping PostgreSQL.');
    await closeHouse();
    process.kill(process.pid, signal);
  }

  /** However far it has come. */
  async function closeHouse(): Promise<void> {
    const house = await opening.catch(() => undefined);
    await house?.close();
  }
}

function optionsOrExit(command: string): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (fault) {
    console.error(`${fault instanceof Error ? fault.message : String(fault)}\n${usage(command)}`);
    process.exit(2);
  }
}
