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
  const release = async () => {
    if (stack.startedHere) console.error('Stopping what was started for this ...');
    await stack.release();
  };
  void interruption.then(release).finally(() => process.exit(130));
  try {
    return await work(stack);
  } finally {
    if (!interrupted.signal.aborted) await release();
  }
}
