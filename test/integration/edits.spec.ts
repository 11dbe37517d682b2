import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type Answer, type AnyBody, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { inDays } from '../support/moments.ts';
import { Rows } from '../support/rows.ts';

// What people edit: partial requests, two people at once, and what the audit log says afterwards.

let test: TestDatabase;
let api: TestApi;
let operator: string;
let finance: string;

beforeAll(async () => {
  test = await createTestDatabase();
  api = await startApi(test);
  operator = await api.token('otto', ['operator']);
  finance = await api.token('fiona', ['finance']);
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

/** Something that people edit, made anew: where it is read and written, and two changes of it. */
interface Edited {
  readonly kind: string;
  readonly id: string;
  readonly read: string;
  readonly write: string;
  /** What is there already. */
  readonly made: object;
  /** Changes that name different fields. */
  readonly one: object;
  readonly other: object;
  /** Named in each request: which seller. */
  readonly always?: object;
}

const EDITED: Readonly<Record<string, () => Promise<Edited>>> = {
  bidder: () => {
    const id = `bidder-${randomUUID()}`;
    const path = `/v1/bidders/${id}`;
    return Promise.resolve({
      kind: 'bidder',
      id,
      read: path,
      write: path,
      made: { blockedReason: 'owes us' },
      one: { spendingLimit: { amountMinor: 100_000, currency: 'EUR' } },
      other: { blockedReason: 'owes us more' },
    });
  },
  seller: () => {
    const id = `seller-${randomUUID()}`;
    return Promise.resolve({
      kind: 'seller',
      id,
      read: `/v1/sellers/${id}`,
      write: '/v1/sellers',
      made: {
        name: 'Sara',
        paypalMerchantId: 'SARASACCOUNT',
        isHouse: true,
        delayedDisbursement: false,
        associates: ['anna', 'bruno'],
      },
      one: { name: 'Sara & Sons' },
      other: { associates: ['bruno', 'carla'] },
      always: { id },
    });
  },
  policy: async () => {
    const name = `policy-${randomUUID()}`;
    const { json } = await api.get('/v1/policies/standard', { token: operator });
    return {
      kind: 'policy',
      id: name,
      read: `/v1/policies/${name}`,
      write: `/v1/policies/${name}`,
      made: { ...(json.items[0]!.document as object), sellersCommissionMinimumMinor: 700 },
      one: { paymentWindow: 'P3D' },
      other: { reminders: ['P2D'] },
    };
  },
  admission: async () => {
    const { json: sale } = await api.post('/v1/sales', {
      token: operator,
      body: { title: 'Clocks', firstClosesAt: inDays(30) },
    });
    const path = `/v1/sales/${sale.id}/bidders/anna`;
    return {
      kind: 'admission',
      id: `${sale.id}/anna`,
      read: path,
      write: path,
      made: { approved: true, depositMinor: 50_000 },
      one: { approved: false },
      other: { depositMinor: 60_000 },
    };
  },
};

describe.each(Object.entries(EDITED))('an edit of a %s', (kind, begin) => {
  it('leaves what it does not name as it was', async () => {
    const { made, one, other, write, read, always } = await begin();
    await api.post(write, { token: operator, body: { ...always, ...made } });
    for (const change of [one, other]) {
      const answer = await edit(write, read, { ...always, ...change });
      expect(answer.status, answer.text).toBe(200);
    }
    const { json } = await api.get(read, { token: operator });
    expect(partOf(json)).toMatchObject({ ...made, ...one, ...other });
  });

  it('is in the audit log with who, before and after, seen by subject, actor and correlation', async () => {
    const { made, one, id, write, read, always } = await begin();
    await api.post(write, { token: operator, body: { ...always, ...made } });
    const correlation = randomUUID().replaceAll('-', '');
    const traceparent = `00-${correlation}-00f067aa0ba902b7-01`;
    const before = await api.get(read, { token: operator });
    await edit(write, read, { ...always, ...one }, { traceparent });

    const seen = await api.get(
      `/v1/audit?subjectKind=${kind}&subjectId=${encodeURIComponent(id)}&actorId=otto&correlationId=${correlation}`,
      { token: finance },
    );
    expect(seen.json.items).toMatchObject([
      { event: 'change', actorKind: 'operator', actorId: 'otto', from: null, to: null },
    ]);
    const [{ before: was, after: is }] = seen.json.items as unknown as [Change];
    const [field] = Object.keys(one) as [string];
    expect(valueIn(was, field)).toEqual(valueOf(before.json, field));
    expect(valueIn(is, field)).toEqual((one as Record<string, unknown>)[field]);
    const all = await api.get(`/v1/audit?subjectId=${encodeURIComponent(id)}`, { token: finance });
    expect(all.json.items[0]).toMatchObject({ event: 'create', before: null });
  });

  it('needs the ETag of what is there, and the second of two people is told to read it again', async () => {
    const { made, one, other, write, read, always } = await begin();
    const create = (headers = {}) =>
      api.post(write, { token: operator, body: { ...always, ...made }, headers });
    expect(await create({ 'if-match': '"of another"' })).toMatchObject({
      status: 412,
      json: { code: 'changed_meanwhile' },
    });
    const created = await create();
    expect(created.status, created.text).toBe(200);
    expect(await create()).toMatchObject({ status: 428, json: { code: 'if_match_required' } });

    const { headers } = await api.get(read, { token: operator });
    expect(headers.etag).toBe(created.headers.etag);
    const both = await Promise.all(
      [one, other].map((change) =>
        api.post(write, {
          token: operator,
          body: { ...always, ...change },
          headers: { 'if-match': String(headers.etag) },
        }),
      ),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    const loser = both.find(({ status }) => status === 412)!;
    expect(loser.json.detail).toMatch(/read it again/);
    const after = await api.get(read, { token: operator });
    expect(after.headers.etag).toBe(both.find(({ status }) => status === 200)!.headers.etag);
    expect(after.headers.etag).not.toBe(headers.etag);
  });

  it('of two people who create it at once is one creation', async () => {
    const { made, write, always } = await begin();
    const create = () => api.post(write, { token: operator, body: { ...always, ...made } });
    const both = await Promise.all([create(), create()]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 428]);
  });

  it('that is repeated gets the first answer with its ETag, though the ETag it gave is old', async () => {
    const { made, one, write, always } = await begin();
    const first = await api.post(write, { token: operator, body: { ...always, ...made } });
    const asking = {
      token: operator,
      key: randomUUID(),
      body: { ...always, ...one },
      headers: { 'if-match': String(first.headers.etag) },
    };
    const done = await api.post(write, asking);
    const again = await api.post(write, asking);
    expect(again).toMatchObject({ status: 200, json: done.json });
    expect(again.headers.etag).toBe(done.headers.etag);
  });
});

describe('an edit of a part of a policy', () => {
  const path = '/v1/policies/in-parts';
  const write = (body: object) => edit(path, path, body);

  it('leaves what it does not name of the part as it was, too', async () => {
    const { json } = await api.get('/v1/policies/standard', { token: operator });
    const { document } = json.items[0] as unknown as { document: object };
    const softClose = { window: 'PT2M', extendBy: 'PT2M', mode: 'addToEnd', maximumExtensions: 7 };
    const retraction = { freelyUntil: 'PT8H', lastBidWithin: 'PT1H', operatorsOnly: 'PT30M' };
    const premiumTax = { shares: { DE: 1_900, FR: 2_000 }, defaultRegion: 'DE' };
    const made = { ...document, softClose, retraction, premiumTax };
    await api.post(path, { token: operator, body: made });

    const changed = await write({
      softClose: { window: 'PT1M' },
      retraction: { freelyUntil: 'PT6H' },
      premiumTax: { shares: { DE: 1_600 } },
    });
    expect(changed.status, changed.text).toBe(200);
    expect(changed.json.document).toMatchObject({
      softClose: { ...softClose, window: 'PT1M' },
      retraction: { ...retraction, freelyUntil: 'PT6H' },
      premiumTax: { defaultRegion: 'DE' },
    });
    // A table is one value: otherwise no region could be taken out.
    expect(changed.json.document).toHaveProperty('premiumTax.shares', { DE: 1_600 });
  });

  it('is judged with what stays, and a part that is not there yet needs all of its fields', async () => {
    expect(await write({ retraction: { freelyUntil: 'PT1M' } })).toMatchObject({
      status: 400,
      json: { faults: [{ field: 'retraction.operatorsOnly' }] },
    });
    expect(await write({ softClose: { windw: 'PT1M' } })).toMatchObject({
      status: 400,
      json: { faults: [{ field: 'softClose.windw' }] },
    });
    expect(await write({ softClose: null })).toMatchObject({ status: 200 });
    expect(await write({ softClose: { window: 'PT1M' } })).toMatchObject({
      status: 400,
      json: { faults: [{ field: 'softClose.extendBy' }, { field: 'softClose.mode' }] },
    });
  });
});

describe('the audit log', () => {
  it('has a region that an operator sets, and who was freed of an association', async () => {
    const bidder = `bidder-${randomUUID()}`;
    await api.post(`/v1/bidders/${bidder}/region`, { token: operator, body: { region: 'DE' } });
    await edit(`/v1/bidders/${bidder}/region`, `/v1/bidders/${bidder}`, { region: 'FR' });
    expect(await audited(bidder)).toMatchObject([
      { event: 'create region', actorId: 'otto', before: null, after: { region: 'DE' } },
      { event: 'change region', before: { region: 'DE' }, after: { region: 'FR' } },
    ]);
  });

  it('has a sale that an operator creates', async () => {
    const { json } = await api.post('/v1/sales', {
      token: operator,
      body: { title: 'Clocks', depositMinor: 500, firstClosesAt: inDays(30) },
    });
    expect(await audited(json.id)).toMatchObject([
      { subjectKind: 'sale', event: 'create', actorId: 'otto', after: { deposit_minor: 500 } },
    ]);
    expect(await audited(json.id.toUpperCase())).toHaveLength(1);
  });

  it.each([
    [
      `INSERT INTO bidder (id, blocked_reason) VALUES ($1, 'by hand')`,
      { subjectKind: 'bidder', event: 'create', after: { blocked_reason: 'by hand' } },
    ],
    [
      `INSERT INTO bidder_region (bidder_id, region) VALUES ($1, 'DE')`,
      { subjectKind: 'bidder', event: 'create region', after: { region: 'DE' } },
    ],
    [
      `WITH seller AS (INSERT INTO seller (id, name, paypal_merchant_id)
         VALUES ($1, 'Sara', 'SARASACCOUNT') RETURNING id)
       SELECT id FROM seller`,
      { subjectKind: 'seller', event: 'create', after: { paypal_merchant_id: 'SARASACCOUNT' } },
    ],
  ])('has what is written by hand, as the database user’s: %s', async (statement, expected) => {
    const id = randomUUID();
    await test.pool.query(statement, [id]);
    expect(await audited(id)).toMatchObject([{ actorKind: 'database', ...expected }]);
  });

  it('has a payee that is changed by hand, and a row that is deleted', async () => {
    const id = await new Rows(test.pool).seller(randomUUID());
    await test.pool.query(`UPDATE seller SET paypal_merchant_id = 'ANOTHER' WHERE id = $1`, [id]);
    await test.pool.query('DELETE FROM seller WHERE id = $1', [id]);
    expect((await audited(id)).slice(1)).toMatchObject([
      {
        event: 'change',
        before: { paypal_merchant_id: 'MERCHANT1' },
        after: { paypal_merchant_id: 'ANOTHER' },
      },
      { event: 'delete', before: { paypal_merchant_id: 'ANOTHER' }, after: null },
    ]);
  });

  it.each(['bidder', 'bidder_region', 'seller_associate', 'sale_bidder'])(
    'cannot be passed by emptying a table: %s',
    async (table) => {
      await expect(test.pool.query(`TRUNCATE ${table}`)).rejects.toMatchObject({ code: 'GV002' });
    },
  );

  it('has nothing of an edit that changes nothing, nor of what bids count of a limit', async () => {
    const id = `bidder-${randomUUID()}`;
    await api.post(`/v1/bidders/${id}`, { token: operator, body: { blockedReason: 'owes us' } });
    await edit(`/v1/bidders/${id}`, `/v1/bidders/${id}`, { blockedReason: 'owes us' });
    await test.pool.query('UPDATE bidder SET committed_minor = 7 WHERE id = $1', [id]);
    expect(await audited(id)).toHaveLength(1);
  });
});

describe('an Idempotency-Key', () => {
  it('is a caller’s in a role: another role of the same name neither gets the answer nor is in the way', async () => {
    const sellerId = await new Rows(test.pool).seller(`seller-${randomUUID()}`);
    const body = {
      sellerId,
      title: 'Chronograph, 1968',
      commodityCode: '9102',
      currency: 'EUR',
      startPriceMinor: 10_000,
      closesAt: inDays(30),
    };
    const draft = async (role: 'operator' | 'seller') =>
      api.post('/v1/auctions', { token: await api.token(sellerId, [role]), body, key: 'the-same' });
    const [first, second, again] = [
      await draft('operator'),
      await draft('seller'),
      await draft('operator'),
    ];
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.json.id).not.toBe(first.json.id);
    expect(again.json).toEqual(first.json);
  });
});

interface Change {
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

async function edit(
  write: string,
  read: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Answer<AnyBody>> {
  const { headers: known } = await api.get(read, { token: operator });
  const asking = { token: operator, body, headers: { ...headers, 'if-match': String(known.etag) } };
  return api.post(write, asking);
}

const audited = async (subjectId: string): Promise<readonly AnyBody[]> =>
  (await api.get(`/v1/audit?subjectId=${subjectId}`, { token: finance })).json.items;

/** A policy's fields are those of its newest document. */
const partOf = (json: AnyBody): Record<string, unknown> =>
  json.items ? (json.items[0]!.document as Record<string, unknown>) : json;
const valueOf = (json: AnyBody, field: string): unknown => partOf(json)[field];

/** Of a row: its columns, a policy's document in it, and a limit's two columns. */
function valueIn(row: Record<string, unknown>, field: string): unknown {
  if (field === 'spendingLimit') {
    const { spending_limit_minor: amountMinor, spending_currency: currency } = row;
    return amountMinor === null ? null : { amountMinor, currency };
  }
  const document = row.document as Record<string, unknown> | undefined;
  const column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return document ? document[field] : row[column];
}
