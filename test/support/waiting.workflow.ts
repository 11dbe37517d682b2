import { sleep } from '@temporalio/workflow';

/** The simplest life there is: it waits. Says for how many milliseconds, by its own clock. */
export async function waiting(duration: '28 days'): Promise<number> {
  const began = Date.now();
  await sleep(duration);
  return Date.now() - began;
}
