import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../../src/api/http/tokens.ts';
import { post } from '../../src/services/ledger/post-ledger.ts';
import { accounts, creditPosting } from '../../src/domain/ledger/ledger.ts';
import { startApi, type AnyBody, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// Dora buys and sells, and works for the house now and then: her roles add up.

let test: TestDatabase;
let api: TestApi;
let things: Record<string, readonly string[]>;
let lists: string[];
let items: string[];

beforeAll(async () => {
  test = await createTestDatabase();
  const rows = new Rows(test.pool);
  api = await startApi(test);
  const sales = [
    { sellerId: 'dora', bidderId: 'anna' },
    { sellerId: 'sara', bidderId: 'dora' },
    { sellerId: 'sara', bidderId: 'anna' },
  ];
  const made = await Promise.all(sales.map((sale) => saleOf(rows, sale)));
  for (const recipient of ['dora', 'anna', 'operators']) {
    await test.pool.query(
      `INSERT INTO notice (recipient_id, kind, subject_id, text) VALUES ($1, 'refunded', $2, 'x')`,
      [recipient, made[0]!.payment],
    );
  }
  const ids = (kind: keyof (typeof made)[number]) => made.map((sale) => sale[kind]);
  things = {
    auctions: ids('auction'),
    offers: ids('offer'),
    payments: ids('payment'),
    disbursements: ids('disbursement'),
    disputes: ids('dispute'),
    policies: ['standard'],
    sellers: ['dora', 'sara'],
    bidders: ['dora', 'anna'],
  };
  const { json } = await api.get<{ paths: Record<string, object> }>('/openapi.json');
  const gets = Object.keys(json.paths).filter(
    (path) => path.startsWith('/v1/') && 'get' in json.paths[path]! && !path.endsWith('/live'),
  );
  lists = gets.filter((path) => !path.includes('{'));
  items = gets.flatMap(filled);
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

async function saleOf(rows: Rows, of: { sellerId: string; bidderId: string }) {
  const auction = await rows.auction({ sellerId: of.sellerId });
  const offer = await rows.offer(auction, { bidderId: of.bidderId });
  const payment = await rows.payment(offer, {
    state: 'captured',
    captureId: `CAPTURE-${offer}`,
  });
  await rows.refund(payment);
  const disbursement = await rows.disbursement(payment);
  const dispute = await rows.dispute(payment, `PP-D-${payment}`);
  return { auction, offer, payment, disbursement, dispute };
}

/** A path of something that there is, once for each. */
function filled(path: string): string[] {
  const [, resource] = /^\/v1\/([a-z-]+)\/\{\w+\}(\/[a-z]+)?$/.exec(path) ?? [];
  return (things[resource ?? ''] ?? []).map((id) => path.replace(/\{\w+\}/, id));
}

const ask = async (path: string, roles: readonly Role[]) =>
  api.get(path, { token: await api.token('dora', roles) });

const together = ROLES.flatMap((first, i) => ROLES.slice(i + 1).map((second) => [first, second]));

describe('two roles', () => {
  it.each(together)('of %s and %s see in each list what either sees', async (...roles) => {
    expect(lists.length).toBeGreaterThan(10);
    for (const path of lists) {
      const [first, second, both] = [
        await idsIn(path, [roles[0]!]),
        await idsIn(path, [roles[1]!]),
        await idsIn(path, roles),
      ];
      expect([...both].sort(), path).toEqual([...new Set([...first, ...second])].sort());
    }
  });

  it.each(together)('of %s and %s see of each thing what either sees', async (...roles) => {
    expect(items.length).toBeGreaterThan(20);
    for (const path of items) {
      const alone = [await ask(path, [roles[0]!]), await ask(path, [roles[1]!])];
      const both = await ask(path, roles);
      const seen = alone.filter(({ status }) => status === 200);
      expect(both.status === 200, `${path}: ${both.status}`).toBe(seen.length > 0);
      if (seen.length > 0) {
        const fields = new Set(seen.flatMap(({ json }) => Object.keys(json)));
        expect(Object.keys(both.json).sort(), path).toEqual([...fields].sort());
      }
    }
  });

  it('show a buyer who also sells the own purchase as to its buyer', async () => {
    const [sold, bought] = things.payments!;
    const read = async (id: string) => (await ask(`/v1/payments/${id}`, ['bidder', 'seller'])).json;
    await expect(read(sold!)).resolves.toMatchObject({ bidderId: 'anna', payoutMinor: 86_500 });
    const purchase = await read(bought!);
    expect(purchase.bidderId).toBe('dora');
    expect(purchase.payoutMinor ?? null).toBeNull();
  });

  it('of operator and bidder do not let somebody take an own bid back as an operator', async () => {
    const rows = new Rows(test.pool);
    const auctionId = await rows.auction({ closesInMs: 60_000 });
    const token = await api.token('dora', ['operator', 'bidder']);
    const body = { maximumMinor: 5_000 };
    expect(await api.post(`/v1/auctions/${auctionId}/bids`, { token, body })).toMatchObject({
      status: 200,
    });
    const retraction = { bidderId: 'dora', reason: 'a change of mind' };
    const path = `/v1/auctions/${auctionId}/retractions`;
    expect(await api.post(path, { token, body: retraction })).toMatchObject({ status: 409 });
  });
});

describe('who works for the house and buys or sells there, too', () => {
  const noOwn = { status: 403, json: { code: 'not_for_oneself' } };
  const reason = 'it suits me';

  it('decides nothing about the own sales, money and limits: a colleague does', async () => {
    const rows = new Rows(test.pool);
    const [, bought] = things.payments!;
    const [sold] = things.disbursements!;
    const auction = await rows.auction();
    const [own, led] = [await rows.auction({ sellerId: 'dora' }), await rows.auction()];
    const bid = { token: await api.token('dora', ['bidder']), body: { maximumMinor: 5_000 } };
    expect(await api.post(`/v1/auctions/${led}/bids`, bid)).toMatchObject({ status: 200 });
    const { rows: sales } = await test.pool.query<{ id: string }>(
      `INSERT INTO sale (title, first_closes_at) VALUES ('Clocks', now() + interval '1 day') RETURNING id`,
    );
    const acts: [path: string, body: object][] = [
      [`/v1/auctions/${auction}/absentee-bids`, { bidderId: 'dora', maximumMinor: 5_000 }],
      [`/v1/auctions/${own}/cancel`, { reason }],
      [`/v1/auctions/${own}/pause`, { reason }],
      [`/v1/auctions/${led}/close`, { reason }],
      [`/v1/auctions/${led}/retractions`, { bidderId: 'anna', reason }],
      [`/v1/sellers`, { id: 'dora', associates: [] }],
      [`/v1/auctions/${led}/end-sale`, { reason, then: 'next' }],
      [`/v1/auctions/${own}/end-sale`, { reason, then: 'unsold' }],
      [`/v1/offers/${await rows.offer(led)}/withdraw`, { reason }],
      [`/v1/payments/${bought}/refunds/${await rows.refund(bought!)}/give-up`, { reason }],
      [`/v1/bidders/dora`, { blockedReason: null }],
      [`/v1/bidders/dora/region`, { region: 'DE' }],
      [`/v1/sales/${sales[0]!.id}/bidders/dora`, { approved: true }],
      [`/v1/payments/${bought}/refunds`, { reason, amountMinor: 1 }],
      [`/v1/disbursements/${sold}/arrival`, {}],
      [`/v1/disbursements/${sold}/release`, { reason }],
      [`/v1/sellers/dora/receipts`, { currency: 'EUR', amountMinor: 1, reference: 'x' }],
      [`/v1/sellers/dora/payee`, { paypalMerchantId: 'ANOTHERONE', reason }],
      [`/v1/wallets/dora/credits`, { currency: 'EUR', amountMinor: 1, reason }],
      [`/v1/ledger/transactions/${await creditTo('dora')}/reversal`, { reason }],
      [
        `/v1/reconciliation/differences/${await rows.difference(auction, 'OWN')}/repairs`,
        {
          reason,
          entries: [
            { account: 'buyer:dora', amountMinor: 1 },
            { account: 'house', amountMinor: -1 },
          ],
        },
      ],
    ];
    for (const roles of [['operator', 'finance', 'bidder', 'seller'], ['admin']] as Role[][]) {
      const token = await api.token('dora', roles);
      for (const [path, body] of acts) {
        const answer = await api.post(path, { token, body });
        expect(answer, `${path} ${answer.text}`).toMatchObject(noOwn);
      }
    }
  });

  it('does not approve the reversal of an own transaction either', async () => {
    const path = `/v1/ledger/transactions/${await creditTo('dora')}/reversal`;
    const fiona = await api.token('fiona', ['finance']);
    const proposed = await api.post(path, { token: fiona, body: { reason } });
    expect(proposed.status, proposed.text).toBe(200);
    const approve = `/v1/approvals/${proposed.json.id}/approve`;
    const asked = async (id: string) =>
      api.post(approve, { token: await api.token(id, ['finance']), body: { reason } });
    expect(await asked('dora')).toMatchObject(noOwn);
    expect(await asked('fred')).toMatchObject({ status: 200 });
  });
});

/** The house's, as a ledger transaction. */
function creditTo(ownerId: string): Promise<number> {
  const by = { actorId: 'otto', reason: 'a late delivery' };
  const given = { currency: 'EUR', amountMinor: 100, from: accounts.house, ownerId, by } as const;
  return test.database.transaction(async (tx) => {
    await post(tx, creditPosting({ ...given, creditId: randomUUID() }));
    const [last] = await tx.query<[{ id: number }]>(
      'SELECT max(id)::int AS id FROM ledger_transaction',
    );
    return last.id;
  });
}

async function idsIn(path: string, roles: readonly Role[]): Promise<Set<string>> {
  const { status, json } = await ask(path, roles);
  if (status !== 200) return new Set();
  const found = (json.items ?? json.balances ?? []) as readonly AnyBody[];
  return new Set(
    found.map(({ id, name, ...row }) => (id ?? name ?? JSON.stringify(row)) as string),
  );
}
