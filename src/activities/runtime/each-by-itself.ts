/** Tries each, though others fail; what has failed is for the caller to throw, once the rest is done. */
export async function eachByItself<Item>(
  items: Iterable<Item>,
  act: (item: Item) => Promise<void>,
): Promise<unknown[]> {
  const faults: unknown[] = [];
  for (const item of items) await act(item).catch((fault: unknown) => faults.push(fault));
  return faults;
}
