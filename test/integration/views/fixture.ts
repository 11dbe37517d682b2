import { randomUUID } from 'node:crypto';
import type { Role } from '../../../src/api/http/tokens.ts';
import { post } from '../../../src/services/ledger/post-ledger.ts';
import { accounts, creditPosting } from '../../../src/domain/ledger/ledger.ts';
import type { Answer, AnyBody, TestApi } from '../../support/api.ts';
import type { TestDatabase } from '../../support/database.ts';
import { inDays } from '../../support/moments.ts';
import { Rows } from '../../support/rows.ts';

/** Who looks: the house's people, those whose sale it is, and those whom it does not concern. */
export const VIEWERS = {
  operator: ['otto', 'operator'],
  finance: ['fiona', 'finance'],
  seller: ['seller', 'seller'],
  bidder: ['bidder', 'bidder'],
  stranger: ['somebody', 'bidder'],
} as const satisfies Record<string, readonly [string, Role]>;
export type Viewer = keyof typeof VIEWERS;

/** One of everything, about one sale, with ids by the names that paths have for them. */
export async function oneOfEverything(
  test: TestDatabase,
  api: TestApi,
): Promise<Record<string, string>> {
  const rows = new Rows(test.pool);
  const ids = await rows.oneOfEach();
  await test.pool.query(
    `UPDATE payment SET captured_at = now(), capture_id = 'CAPTURE1', approve_url = 'https://paypal.invalid'
     WHERE id = $1`,
    [ids.payment],
  );
  await rows.force('payment', ids.payment, 'captured');
  const token = async (viewer: Viewer) => api.token(VIEWERS[viewer][0], [VIEWERS[viewer][1]]);
  const operator = await token('operator');
  for (const viewer of ['stranger', 'bidder'] as const) {
    const maximumMinor = viewer === 'stranger' ? 5_000 : 9_000;
    const asking = { token: await token(viewer), body: { maximumMinor } };
    await api.post(`/v1/auctions/${ids.auction}/bids`, asking);
  }
  await api.post('/v1/bidders/bidder', {
    token: operator,
    body: { spendingLimit: { amountMinor: 200_000, currency: 'EUR' } },
  });
  const sale = await api.post('/v1/sales', {
    token: operator,
    body: { title: 'Clocks', firstClosesAt: inDays(30) },
  });
  const admission = { token: operator, body: { approved: true } };
  await api.post(`/v1/sales/${sale.json.id}/bidders/bidder`, admission);
  await test.pool.query(
    `INSERT INTO reconciliation_finding
     SELECT $1, id, kind, currency, expected_minor, found_minor, detail FROM difference`,
    [ids.reconciliation_run],
  );
  await test.pool.query(
    `INSERT INTO notice (recipient_kind, recipient_id, kind, subject_id, text)
     VALUES ('person', 'seller', 'paid_out', 'x', 'Paid.'), ('person', 'bidder', 'refunded', 'x', 'Back.'),
            ('operators', 'operators', 'hold_ends', 'x', 'Ends.'), ('finance', 'finance', 'hold_ends', 'x', '!')`,
  );
  await test.pool.query(
    `INSERT INTO unread_line (source, key, raw, reason, from_at, to_at)
     VALUES ('paypal.transactions', 'x', '{}', 'no amount', now() - interval '1 day', now())`,
  );
  await test.pool.query(
    `INSERT INTO outbox (workflow_id, message) VALUES ('auction:x', '{"kind": "start"}')`,
  );
  await giveCredit(test);
  const notices = await api.get('/v1/notices', { token: await token('bidder') });
  const toBuy = await rows.auction();
  await test.pool.query(`SET session_replication_role = replica;
    UPDATE auction SET buy_now_minor = 90000 WHERE id = '${toBuy}'; RESET session_replication_role`);
  const entries = await api.get('/v1/ledger/entries', { token: operator });
  return {
    ...ids,
    sale: sale.json.id,
    draft: await rows.auction({ state: 'draft' }),
    toBuy,
    secondOffer: await rows.offer(toBuy),
    notice: notices.json.items[0]!.id,
    transaction: String(entries.json.items[0]!.transactionId),
  };
}

/** The house has given the buyer credit, and the seller has been paid. */
async function giveCredit(test: TestDatabase): Promise<void> {
  const by = { actorId: 'otto', reason: 'a late delivery' };
  const given = { currency: 'EUR', amountMinor: 100, by } as const;
  await test.database.transaction(async (tx) => {
    for (const ownerId of ['bidder', 'seller']) {
      await post(
        tx,
        creditPosting({ ...given, creditId: randomUUID(), from: accounts.house, ownerId }),
      );
    }
  });
}

/** The fields of an answer, those of a list's items included, as paths; free-form ones as a whole. */
export function fieldsOf({ status, json }: Pick<Answer<AnyBody>, 'status' | 'json'>): string {
  if (status !== 200) return String(status);
  return [...new Set(paths(json, ''))].sort().join(' ');
}

const FREE = ['before', 'after', 'parameters', 'body', 'shares', 'request'];

function paths(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => paths(each, path));
  const isFree = FREE.includes(path.split('.').at(-1)!);
  if (value === null || typeof value !== 'object' || isFree) return path === '' ? [] : [path];
  return Object.entries(value).flatMap(([name, each]) => {
    const inner = name === 'items' ? path : path === '' ? name : `${path}.${name}`;
    return Array.isArray(each) && each.length === 0 && name !== 'items'
      ? [inner]
      : paths(each, inner);
  });
}
