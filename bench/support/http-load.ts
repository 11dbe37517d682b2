import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { API_FLAGS } from '../../cli/stack/api.ts';
import type { Api } from './api.ts';
import type { House } from './house.ts';
import { callersTokens } from './http-callers.ts';
import type { Load, Until } from './load.ts';
import { onOneCore } from './one-core.ts';

const PROCESS = fileURLToPath(new URL('./http-load-process.js', import.meta.url));

/** What the process is told; it answers with the Load. */
export interface HttpLoadOrder {
  readonly port: number;
  readonly tokens: readonly string[];
  /** To bid on, or else the route that does nothing is called. */
  readonly auctions?: readonly string[];
  /** Where the bids begin, in minor units; by default where the auctions do. */
  readonly above?: number;
  readonly until: Until;
}

/**
 * A hundred bidders over HTTP, in a process of their own as pgbench is: in the benchmark's, each of its
 * collections of garbage would also look through what the other arms have left. With the API's flags, as
 * it is as busy.
 */
export async function httpLoad(
  { house, api }: { readonly house: House; readonly api: Api },
  order: Pick<HttpLoadOrder, 'auctions' | 'above' | 'until'>,
): Promise<Load> {
  const tokens = await callersTokens(house);
  const [execPath, execArgv] = await onOneCore(process.execPath, API_FLAGS);
  const child = fork(PROCESS, { execPath, execArgv, stdio: ['ignore', 2, 2, 'ipc'] });
  const exit = once(child, 'exit');
  let load: Load | undefined;
  child.once('message', (message) => (load = message as Load));
  child.send({ ...order, port: api.port, tokens } satisfies HttpLoadOrder);
  await exit;
  if (!load) throw new Error('The load over HTTP has failed.');
  return load;
}
