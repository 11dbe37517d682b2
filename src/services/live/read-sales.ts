import type pg from 'pg';
import { isPublished } from '../auction/published.ts';

const LOTS = `
SELECT sale.id, ARRAY(SELECT auction.id FROM auction
                      WHERE sale_id = sale.id AND ${isPublished('auction.state', 'auction.id')}
                      ORDER BY auction.id LIMIT $2) AS auctions
FROM sale WHERE sale.id = ANY ($1::uuid[])`;

/** The published auctions of these sales in the order of their ids, at most so many; a sale that is not there is left out. */
export async function readSales(
  pool: pg.Pool,
  saleIds: readonly string[],
  most: number,
): Promise<Map<string, readonly string[]>> {
  if (saleIds.length === 0) return new Map();
  const { rows } = await pool.query<{ id: string; auctions: string[] }>({
    name: 'live sales',
    text: LOTS,
    values: [saleIds, most],
  });
  return new Map(rows.map(({ id, auctions }) => [id, auctions]));
}
