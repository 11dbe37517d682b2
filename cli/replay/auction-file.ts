import { CsvError, parse } from 'csv-parse/sync';
import { fromDecimal, LARGEST_AMOUNT_MINOR } from '../../src/domain/money.ts';
import { UsageError } from '../commands/fail.ts';

/** An auction as it was recorded elsewhere; amounts in cents. */
export interface RecordedAuction {
  readonly id: string;
  readonly item: string;
  readonly openingMinor: number;
  readonly closingMinor: number;
  /** In the order in which they were placed. */
  readonly bids: RecordedBid[];
}

export interface RecordedBid {
  readonly bidder: string;
  readonly maximumMinor: number;
}

const COLUMNS = [
  'auction_id',
  'item',
  'duration_days',
  'opening_bid',
  'placed_at_days',
  'bidder',
  'bid',
  'closing_price',
] as const;
type Row = Readonly<Record<(typeof COLUMNS)[number], string>>;

/** The auctions of a file, in the order of their first bids. Throws a UsageError that names the line. */
export function readAuctions(
  text: string,
  file: string,
  warn: (line: string) => void = () => {},
): RecordedAuction[] {
  const [header, ...lines] = recordsOf(text, file);
  if (header?.record.join() !== COLUMNS.join())
    throw new UsageError(`${file}, line 1: the header must be ${COLUMNS.join(',')}.`);

  const auctions = new Map<string, RecordedAuction>();
  for (const { record, info } of lines) {
    const place = `${file}, line ${info.lines}`;
    try {
      addBid(auctions, rowOf(record), (doubt) => warn(`${place}: ${doubt}.`));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new UsageError(`${place}: ${error.message}.`);
    }
  }
  if (auctions.size === 0) throw new UsageError(`${file} holds no bids.`);
  return [...auctions.values()];
}

interface Line {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

function recordsOf(text: string, file: string): Line[] {
  try {
    return parse(text, {
      bom: true,
      info: true,
      relax_column_count: true, // Counted here, so that the sentence is ours.
      skip_empty_lines: true,
    }) as unknown as Line[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new UsageError(`${file} is not CSV: ${error.message}.`);
  }
}

function rowOf(record: string[]): Row {
  if (record.length !== COLUMNS.length)
    throw new RangeError(`there are ${record.length} columns instead of ${COLUMNS.length}`);
  return Object.fromEntries(COLUMNS.map((column, i) => [column, record[i]])) as unknown as Row;
}

function addBid(
  auctions: Map<string, RecordedAuction>,
  row: Row,
  warn: (doubt: string) => void,
): void {
  const given: RecordedAuction = {
    id: matching(row, 'auction_id', /^[\w.-]{1,64}$/, '1 to 64 letters, digits, ".", "_" and "-"'),
    item: matching(row, 'item', PRINTABLE, '1 to 100 printable characters'),
    openingMinor: amount(row, 'opening_bid'),
    closingMinor: amount(row, 'closing_price'),
    bids: [],
  };
  // Not used, as bids are played without the pauses between them; but it must make sense.
  matching(row, 'duration_days', NUMBER, 'a number');
  matching(row, 'placed_at_days', NUMBER, 'a number');

  const auction = auctions.get(given.id) ?? given;
  requireSame('item', auction.item, given.item);
  requireSame('closing_price', auction.closingMinor, given.closingMinor);
  // Bids do not depend on it after the first; real records disagree with themselves here.
  if (given.openingMinor !== auction.openingMinor)
    warn(`opening_bid differs from the first of auction ${given.id}, which is taken`);
  auctions.set(auction.id, auction);
  auction.bids.push({
    bidder: matching(row, 'bidder', PRINTABLE, '1 to 100 printable characters'),
    maximumMinor: amount(row, 'bid'),
  });
}

const PRINTABLE = /^[^\p{Cc}]{1,100}$/u;
const NUMBER = /^\d{1,9}(\.\d+)?$/;

function matching(row: Row, column: keyof Row, pattern: RegExp, wanted: string): string {
  if (pattern.test(row[column])) return row[column];
  throw new RangeError(`${column} must be ${wanted}, but is "${row[column].slice(0, 100)}"`);
}

function amount(row: Row, column: keyof Row): number {
  const minor = fromDecimal(matching(row, column, NUMBER, 'an amount such as 12.50'), 'USD');
  if (minor > 0 && minor <= LARGEST_AMOUNT_MINOR) return minor;
  throw new RangeError(`${column} must be above 0 and at most a billion, but is ${row[column]}`);
}

function requireSame<Value>(column: keyof Row, before: Value, now: Value): void {
  if (before !== now)
    throw new RangeError(`${column} differs from that of an earlier bid of the same auction`);
}
