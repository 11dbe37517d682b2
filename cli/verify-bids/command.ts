import type { Command } from 'commander';
import type { DataSource, EntityManager } from 'typeorm';
import { policyVersion } from '../../src/services/bidding/lane/policy-cache.ts';
import { verifyLog, type LogFault } from '../../src/services/bidding/verify-log.ts';
import { createDatabase } from '../../src/database/data-source.ts';
import { Auction, BidEntry } from '../../src/database/entities/index.ts';
import { biddingTerms } from '../../src/domain/policy/policy.ts';
import { UsageError } from '../commands/fail.ts';
import { runningSupervisor } from '../stack/index.ts';

interface Options {
  readonly auction?: string;
  readonly json?: boolean;
}

export function verifyBidsCommand(program: Command): void {
  program
    .command('verify-bids')
    .description('recompute prices and hashes of the bid logs; exit 1 where one does not fit')
    .option('--auction <id>', 'only this auction', auctionArgument)
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nReads DATABASE_URL, or the database of the running stack.')
    .action(verifyBids);
}

async function verifyBids(options: Options): Promise<void> {
  const url = process.env.DATABASE_URL ?? (await runningSupervisor())?.environment.DATABASE_URL;
  if (!url) throw new UsageError('Set DATABASE_URL, or start a stack with bin/gavel up.');
  const database = await createDatabase({ url, poolSize: 2 }).initialize();
  try {
    const result = await verifyAll(database, options.auction);
    tell(result, options);
    if (result.faults.length > 0) process.exitCode = 1;
  } finally {
    await database.destroy();
  }
}

interface Result {
  auctions: number;
  entries: number;
  faults: LogFault[];
}

/** Auction by auction, each in one snapshot: bids may go on meanwhile. */
async function verifyAll(database: DataSource, only: string | undefined): Promise<Result> {
  const result: Result = { auctions: 0, entries: 0, faults: [] };
  const ids = only
    ? [only]
    : (await database.query<{ id: string }[]>('SELECT id FROM auction ORDER BY id')).map(
        ({ id }) => id,
      );
  for (const id of ids) {
    const found = await database.transaction('REPEATABLE READ', (tx) => verifyOne(tx, id));
    result.auctions += 1;
    result.entries += found.entries;
    result.faults.push(...found.faults);
  }
  return result;
}

async function verifyOne(
  tx: EntityManager,
  id: string,
): Promise<{ entries: number; faults: LogFault[] }> {
  const auction = await tx.findOneBy(Auction, { id });
  if (!auction) throw new UsageError(`There is no auction ${id}.`);
  const policy = await policyVersion(tx, auction.policyName, auction.policyVersion);
  const rows = await tx.find(BidEntry, { where: { auctionId: id }, order: { sequence: 'ASC' } });
  const terms = biddingTerms(policy, {
    startPrice: auction.startPriceMinor,
    reserve: auction.reserveMinor,
  });
  return { entries: rows.length, faults: verifyLog(auction, terms, rows) };
}

function tell({ auctions, entries, faults }: Result, { json }: Options): void {
  if (json) {
    console.log(JSON.stringify({ auctions, entries, faults }));
    return;
  }
  for (const { auctionId, sequence, fault } of faults) {
    console.log(`${auctionId}${sequence === undefined ? '' : ` entry ${sequence}`}: ${fault}`);
  }
  const verdict = faults.length === 0 ? 'all fit' : `${faults.length} faults`;
  console.log(`${auctions} auctions, ${entries} entries: ${verdict}`);
}

function auctionArgument(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text;
  throw new UsageError(`"${text}" is not the id of an auction (a UUID).`);
}
