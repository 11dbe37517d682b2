import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { createDatabase } from '../../src/database/data-source.ts';
import { migrate } from '../../src/database/migrate.ts';
import { surviveLosses } from '../../src/database/survive-losses.ts';
import { Api } from '../support/api.ts';
import { AUCTIONS_OF_GAVEL, freshAuctions } from '../support/auctions.ts';
import { Bids } from '../support/bids.ts';
import type { House } from '../support/house.ts';
import { callersTokens, HttpCallers } from '../support/http-callers.ts';
import { CALLERS } from '../support/arm.ts';
import { latenciesOf, type Latencies } from './latencies.ts';
import { bidAtRate } from './pace.ts';
import { Watchers } from './watchers.ts';

export const STREAMS = 2_000;
export const BIDS_PER_SECOND = 500;
/** The house's promise, from the commit to the stream. */
export const MOST_P95_MS = 250;
/** All streams on one auction, or twenty on each of a hundred. */
const ARRANGEMENTS = [1, 100];

export interface LiveFigures {
  readonly auctions: number;
  readonly streams: number;
  readonly bidsPerSecond: number;
  readonly eventsPerSecond: number;
  readonly latencyMs: Latencies;
  /** What the bidders saw meanwhile, and what they see without streams. */
  readonly bidLatencyMs: Latencies;
  readonly bidLatencyWithoutStreamsMs: Latencies;
  /** Of the API: without streams, with them, and after the bids. */
  readonly residentMiB: { readonly before: number; readonly open: number; readonly after: number };
}

export async function measureLive(house: House, seconds: number): Promise<LiveFigures[]> {
  const database = await createDatabase({ url: house.databaseUrl, poolSize: 2 }).initialize();
  await migrate(database);
  await database.destroy();
  const pool = surviveLosses(new pg.Pool({ connectionString: house.databaseUrl, max: 4 }));
  await pool.query(AUCTIONS_OF_GAVEL);
  const figures: LiveFigures[] = [];
  for (const auctions of ARRANGEMENTS)
    figures.push(await arrangement(house, pool, auctions, seconds));
  await pool.end();
  return figures;
}

async function arrangement(
  house: House,
  pool: pg.Pool,
  count: number,
  seconds: number,
): Promise<LiveFigures> {
  console.error(`${STREAMS} streams, ${count} auctions`);
  const auctions = await freshAuctions(pool, count);
  const api = await Api.start(house);
  const callers = await HttpCallers.open(api.port, await callersTokens(house));
  const bids = new Bids(auctions);
  const bid = promisify<number, boolean>((caller, placed) => callers.bid(bids, caller, placed));
  await bidAtRate({ callers: CALLERS, perSecond: BIDS_PER_SECOND, seconds: 2, bid });

  const without = await bidAtRate({ callers: CALLERS, perSecond: BIDS_PER_SECOND, seconds, bid });
  const before = await residentMiB(api);
  const watchers = await Watchers.open(house, api.port, auctions, STREAMS);
  await sleep(1_000);
  const open = await residentMiB(api);
  watchers.forget();
  const beganAt = Date.now();
  const load = await bidAtRate({ callers: CALLERS, perSecond: BIDS_PER_SECOND, seconds, bid });
  const tookSeconds = (Date.now() - beganAt) / 1_000;
  await sleep(1_000);
  const after = await residentMiB(api);

  const figures = {
    auctions: count,
    streams: watchers.open,
    bidsPerSecond: Math.round(load.accepted / tookSeconds),
    eventsPerSecond: Math.round(watchers.seen.length / tookSeconds),
    latencyMs: await latenciesOfEvents(pool, auctions, watchers),
    bidLatencyMs: latenciesOf(load.latenciesMs),
    bidLatencyWithoutStreamsMs: latenciesOf(without.latenciesMs),
    residentMiB: { before, open, after },
  };
  watchers.close();
  callers.close();
  await api.stop();
  return figures;
}

/**
 * Each event is judged by the oldest bid that it is the first to show, from the moment at which that
 * bid was taken: the database's clock before the commit, so the commit itself is counted, too.
 */
async function latenciesOfEvents(
  pool: pg.Pool,
  auctions: readonly string[],
  { seen }: Watchers,
): Promise<Latencies> {
  const { rows } = await pool.query<{ auction_id: string; placed_at: Date }>(
    'SELECT auction_id, placed_at FROM bid ORDER BY auction_id, sequence',
  );
  const placedAt = new Map<string, number[]>(auctions.map((id) => [id, []]));
  for (const row of rows) placedAt.get(row.auction_id)!.push(row.placed_at.getTime());
  const perAuction = auctions.map((id) => placedAt.get(id)!);
  return latenciesOf(
    seen.map(({ auction, oldest, atMs }) => atMs - perAuction[auction]![oldest - 1]!),
  );
}

const residentMiB = async (api: Api) => Math.round((await api.residentBytes()) / 2 ** 20);
