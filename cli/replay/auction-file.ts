import { CsvError, parse } from 'csv-parse/sync';
import { fromDecimal, LARGEST_AMOUNT_MINOR } from '../../src/domain/common/money.ts';
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

/**
 * The auctions of a file, as they first appear in it, each with its bids by the times at which they were
 * placed: rows may be in any order. Throws a UsageError that names the line.
 */
export function readAuctions(
  text: string,
  file: string,
  warn: (line: string) => void = () => {},
): RecordedAuction[] {
  const [header, ...lines] = recordsOf(text, file);
  if (header?.record.join() !== COLUMNS.join())
    throw new UsageError(`${file}, line 1: the header must be ${COLUMNS.join(',')}.`);

  const auctions = new Map<string, RecordedRow[]>();
  const seen = new Set<string>();
  for (const { record, info } of lines) {
    const place = `${file}, line ${info.lines}`;
    try {
      refuseRepeat(record, seen);
      addRow(auctions, { ...readRow(rowOf(record)), place });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new UsageError(`${place}: ${error.message}.`);
    }
  }
  if (auctions.size === 0) throw new UsageError(`${file} holds no bids.`);
  return [...auctions.values()].map((rows) => auctionOf(rows, warn));
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

/** One bid, with what its row says of its auction. */
interface RecordedRow extends Omit<RecordedAuction, 'bids'>, RecordedBid {
  readonly place: string;
  readonly durationDays: number;
  readonly placedAtDays: number;
}

function refuseRepeat(record: readonly string[], seen: Set<string>): void {
  const key = JSON.stringify(record);
  if (seen.has(key)) throw new RangeError('this row is in the file already');
  seen.add(key);
}

function readRow(row: Row): Omit<RecordedRow, 'place'> {
  const durationDays = Number(matching(row, 'duration_days', NUMBER, 'a number'));
  const placedAtDays = Number(matching(row, 'placed_at_days', NUMBER, 'a number'));
  if (durationDays === 0) throw new RangeError('duration_days must be above 0');
  if (placedAtDays > durationDays)
    throw new RangeError(`placed_at_days must be at most the duration, ${durationDays}`);
  return {
    id: matching(row, 'auction_id', /^[\w.-]{1,64}$/, '1 to 64 letters, digits, ".", "_" and "-"'),
    item: matching(row, 'item', PRINTABLE, '1 to 100 printable characters'),
    openingMinor: amount(row, 'opening_bid'),
    closingMinor: amount(row, 'closing_price'),
    bidder: matching(row, 'bidder', PRINTABLE, '1 to 100 printable characters'),
    maximumMinor: amount(row, 'bid'),
    durationDays,
    placedAtDays,
  };
}

function addRow(auctions: Map<string, RecordedRow[]>, row: RecordedRow): void {
  const rows = auctions.get(row.id) ?? [];
  const before = rows[0] ?? row;
  requireSame('item', before.item, row.item);
  requireSame('closing_price', before.closingMinor, row.closingMinor);
  requireSame('duration_days', before.durationDays, row.durationDays);
  rows.push(row);
  auctions.set(row.id, rows);
}

/** Bids of one moment stay in the order of the file. */
function auctionOf(rows: readonly RecordedRow[], warn: (line: string) => void): RecordedAuction {
  const inTime = rows.toSorted((a, b) => a.placedAtDays - b.placedAtDays);
  const { id, item, openingMinor, closingMinor } = inTime[0]!;
  // Bids do not depend on it after the first; real records disagree with themselves here.
  for (const row of rows.filter((each) => each.openingMinor !== openingMinor)) {
    warn(`${row.place}: opening_bid differs from the first of auction ${id}, which is taken.`);
  }
  const bids = inTime.map(({ bidder, maximumMinor }) => ({ bidder, maximumMinor }));
  return { id, item, openingMinor, closingMinor, bids };
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
