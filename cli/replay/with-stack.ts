import { report } from '../commands/fail.ts';
import { useStack, type UsedStack } from '../stack/index.ts';

/**
 * Works with the stack that runs, or with one that is started for this and stopped in the end, also
 * after Ctrl-C. What is said on the way goes to standard error: standard output is for the result.
 */
export async function withStack<Result>(
  work: (stack: UsedStack) => Promise<Result>,
): Promise<Result> {
  const interrupted = new AbortController();
  const interruption = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        interrupted.abort();
        resolve();
      });
  });
  const stack = await useStack({ signal: interrupted.signal, say: console.error });
  let released: Promise<void> | undefined;
  const release = () => (released ??= letGo(stack)); // Once, also when it is interrupted.
  void interruption.then(release).finally(() => process.exit(130));
  try {
    const result = await work(stack);
    await release();
    return result;
  } catch (fault) {
    await release();
    // What still waits for an answer would keep the process for minutes.
    process.exit(interrupted.signal.aborted ? 130 : report(fault));
  }
}

async function letGo(stack: UsedStack): Promise<void> {
  if (stack.startedHere) console.error('Stopping what was started for this ...');
  await stack.release();
}
