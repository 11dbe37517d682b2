import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { measureLive } from './live/measure.ts';
import { printLive } from './live/print.ts';
import { House } from './support/house.ts';

/** npm run bench:live: how long after its commit a bid shows on two thousand streams. */
const USAGE = `npm run bench:live -- [options]
  --json        one JSON object on standard output, and nothing else
  --seconds N   per arrangement (default 10)`;

const options = optionsOrExit();
const house = await House.open();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void house.close().then(() => process.kill(process.pid, signal)));
}
try {
  const figures = await measureLive(house, options.seconds);
  if (options.json) console.log(JSON.stringify(figures));
  else printLive(figures);
} finally {
  await house.close();
}

function optionsOrExit(): { json: boolean; seconds: number } {
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        seconds: { type: 'string', default: '10' },
      },
    });
    const seconds = Number(values.seconds);
    if (!(Number.isInteger(seconds) && seconds >= 1 && seconds <= 600))
      throw new RangeError('--seconds is a whole number from 1 to 600.');
    return { json: values.json, seconds };
  } catch (fault) {
    console.error(`${fault instanceof Error ? fault.message : String(fault)}\n${USAGE}`);
    process.exit(2);
  }
}
