import { House } from './house.ts';
import { readOptions, usage, type Options } from './options.ts';

/** Runs a benchmark by its command line in a house of its own; ends the process with its exit code. */
export async function runInHouse(
  command: string,
  measure: (house: House, options: Options) => Promise<number>,
): Promise<never> {
  const options = optionsOrExit(command);
  const opening = House.open();
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void interrupt());

  try {
    const code = await measure(await opening, options);
    await closeHouse();
    process.exit(code);
  } catch (fault) {
    // An interruption fails whatever was running; that is not news, and it cleans up by itself.
    if (interrupted) return new Promise(() => {});
    console.error(fault);
    await closeHouse();
    process.exit(1);
  }

  async function interrupt(): Promise<void> {
    interrupted = true;
    process.once('SIGINT', () => process.exit(130)); // Again: at once.
    console.error('Interrupted: stopping PostgreSQL.');
    await closeHouse();
    process.exit(130);
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
