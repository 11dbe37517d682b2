import 'reflect-metadata';
import { measure } from './measure.ts';
import { House } from './support/house.ts';
import { readOptions, USAGE, type Options } from './support/options.ts';

/** npm run bench:bids: how fast bids are, as ratios to what they are compared with. */
const options = optionsOrExit();
const opening = House.open();
let interrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void interrupt());

try {
  const code = await measure(await opening, options);
  await closeHouse();
  process.exit(code);
} catch (fault) {
  // An interruption fails whatever was running; that is not news, and it cleans up by itself.
  if (!interrupted) {
    console.error(fault);
    await closeHouse();
    process.exit(1);
  }
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

function optionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (fault) {
    console.error(`${fault instanceof Error ? fault.message : String(fault)}\n${USAGE}`);
    process.exit(2);
  }
}
