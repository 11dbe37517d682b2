const SAY_EVERY_MS = 5_000;

/** Says what is being done and, while it goes on, for how long: nobody should wonder. */
export async function saying<Result>(what: string, work: Promise<Result>): Promise<Result> {
  console.log(`${what} ...`);
  const began = performance.now();
  const timer = setInterval(() => {
    console.log(`${what} ... ${Math.round((performance.now() - began) / 1_000)} s`);
  }, SAY_EVERY_MS);
  return work.finally(() => clearInterval(timer));
}
