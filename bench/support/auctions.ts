import type pg from 'pg';
import { Policy, STANDARD_POLICIES } from '../../src/domain/policy/policy.ts';

/** The least increment at every price, so that a bid needs to pass the others by little. */
export const INCREMENT = 1;
export const START_PRICE = 1_000;

const POLICY = Policy.parse({
  ...STANDARD_POLICIES.standard,
  increments: [{ from: 0, increment: INCREMENT }],
  softClose: null,
});

export const AUCTIONS_OF_GAVEL = `
INSERT INTO seller (id, name, paypal_merchant_id) VALUES ('seller', 'A seller', 'MERCHANT1');
INSERT INTO lot (seller_id, title, commodity_code) VALUES ('seller', 'A clock', '9102');
INSERT INTO policy (name, version, document, created_by)
VALUES ('bench', 1, '${JSON.stringify(POLICY)}', 'bench');
`;

/**
 * Open auctions in Gavel's own tables, and nothing else in them: what an earlier arm has left would
 * make this one slower. Past the guards, as only a superuser can.
 */
export function freshAuctions(pool: pg.Pool, count: number): Promise<string[]> {
  return fresh(pool, ['TRUNCATE auction, bid_refusal CASCADE'], {
    text: `INSERT INTO auction (lot_id, seller_id, policy_name, policy_version, currency,
                                start_price_minor, price_minor, opens_at, closes_at, state)
           SELECT lot.id, 'seller', 'bench', 1, 'EUR', $1, $1, now() - interval '1 hour',
                  now() + interval '1 day', 'open'
           FROM lot, generate_series(1, $2) RETURNING id`,
    values: [START_PRICE, count],
  });
}

/** Clears, inserts, and writes a checkpoint, so that each arm has as long as any until the next. */
export async function fresh(
  pool: pg.Pool,
  clear: readonly string[],
  insert: { text: string; values: unknown[] },
): Promise<string[]> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL session_replication_role = replica');
    for (const statement of clear) await client.query(statement);
    const { rows } = await client.query<{ id: string }>(insert);
    await client.query('COMMIT');
    await client.query('CHECKPOINT');
    return rows.map(({ id }) => id);
  } finally {
    client.release();
  }
}
