import type pg from 'pg';

/** Where an auction stood after an entry of its bid log. */
export interface LiveEntry {
  readonly sequence: number;
  readonly priceMinor: number;
  readonly leaderId: string | null;
  readonly closesAt: Date;
}

/** A part of an auction's bid log: after one sequence, up to and with another. */
export interface LogRange {
  readonly auctionId: string;
  readonly after: number;
  readonly upTo: number;
}

const ENTRIES = `
SELECT auction_id, sequence, price_minor, leader_id, closes_at
FROM unnest($1::uuid[], $2::int[], $3::int[]) AS wanted (id, after, up_to)
JOIN bid ON auction_id = id AND sequence > after AND sequence <= up_to
ORDER BY auction_id, sequence`;

interface Row {
  auction_id: string;
  sequence: number;
  price_minor: number;
  leader_id: string | null;
  closes_at: Date;
}

/** The entries of these ranges by auction, in order. One range per auction. */
export async function readEntries(
  pool: pg.Pool,
  ranges: readonly LogRange[],
): Promise<Map<string, LiveEntry[]>> {
  const entries = new Map(ranges.map(({ auctionId }) => [auctionId, [] as LiveEntry[]]));
  if (ranges.length === 0) return entries;
  const { rows } = await pool.query<Row>({
    name: 'live entries',
    text: ENTRIES,
    values: [
      ranges.map(({ auctionId }) => auctionId),
      ranges.map(({ after }) => after),
      ranges.map(({ upTo }) => upTo),
    ],
  });
  for (const row of rows) {
    entries.get(row.auction_id)!.push({
      sequence: row.sequence,
      priceMinor: row.price_minor,
      leaderId: row.leader_id,
      closesAt: row.closes_at,
    });
  }
  return entries;
}
