import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { EntityManager } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { balanceAt, balanceNow, settledUntil } from '../../src/services/ledger/statement.ts';
import { lockAccounts, post } from '../../src/services/ledger/post-ledger.ts';
import type { Posting } from '../../src/domain/ledger/ledger.ts';
import { startApi, type AnyBody, type Answer, type TestApi } from '../support/api.ts';
import {
  createTestDatabase,
  someoneWaitsForALock,
  type TestDatabase,
} from '../support/database.ts';

let test: TestDatabase;
let api: TestApi;
let finance: string;

beforeAll(async () => {
  test = await createTestDatabase();
  await test.pool.query(PAST);
  api = await startApi(test);
  finance = await api.token('fiona', ['finance']);
  second = await api.token('frank', ['finance']);
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

const fiona = { actorId: 'fiona', reason: 'a slip' };
/** The second person of finance. */
let second: string;

describe('a ledger transaction', () => {
  it('that does not balance is refused at the commit', async () => {
    const posting = byHand([
      ['buyer:b', 'EUR', -100],
      ['house', 'EUR', 99],
    ]);
    await expect(posting).rejects.toMatchObject({ code: 'GV003' });
    await expect(posting).rejects.toThrow(/out of balance by -1 EUR/);
  });

  it('that balances over two currencies only is refused', async () => {
    const posting = byHand([
      ['a', 'EUR', 5],
      ['b', 'USD', -5],
    ]);
    await expect(posting).rejects.toMatchObject({ code: 'GV003' });
  });

  it('may get its entries one by one, as long as they balance at the commit', async () => {
    const oneByOne = (amounts: number[]) =>
      test.database.transaction(async (tx) => {
        const id = await begin(tx);
        for (const amount of amounts) await add(tx, id, [['piecemeal', 'EUR', amount]]);
      });
    await oneByOne([5, 7, -12]);
    await expect(oneByOne([5, 7, -11])).rejects.toMatchObject({ code: 'GV003' });
    expect(await balanceOf('piecemeal')).toBe(0);
  });

  it('gets no further entries once it has been posted, not even balanced ones', async () => {
    const id = await byHand([
      ['buyer:b', 'EUR', -100],
      ['house', 'EUR', 100],
    ]);
    const entries = add(test.database.manager, id, [
      ['buyer:b', 'EUR', -1],
      ['house', 'EUR', 1],
    ]);
    await expect(entries).rejects.toMatchObject({ code: 'GV004' });
  });

  it('cannot be dated back', async () => {
    const yesterday = test.database.transaction(async (tx) => {
      const id = await begin(tx, `now() - interval '1 day'`);
      await add(tx, id, [
        ['a', 'EUR', 1],
        ['b', 'EUR', -1],
      ]);
    });
    await expect(yesterday).rejects.toMatchObject({ code: 'GV004' });
  });

  it('moves the balances of its accounts, also when many are posted at once', async () => {
    const [one, other] = accountPair();
    await Promise.all(
      Array.from({ length: 20 }, (_, i) => move(i % 2 ? [one, other] : [other, one], i + 1)),
    );
    expect(await balanceOf(one)).toBe(-10);
    expect(await balanceOf(other)).toBe(10);
    await expectBalancesToBeTheSumsOfEntries();
  });

  it('is posted once, however many try', async () => {
    const [from, to] = accountPair();
    const posting = posted([from, to], 100);
    const written = await Promise.all(
      Array.from({ length: 5 }, () => test.database.transaction((tx) => post(tx, posting))),
    );
    expect(written.filter(Boolean)).toHaveLength(1);
    expect(await balanceOf(to)).toBe(100);
  });
});

describe('a balance', () => {
  it.each([
    `UPDATE ledger_balance SET balance_minor = 1000000`,
    `DELETE FROM ledger_balance`,
    `TRUNCATE ledger_balance`,
    `INSERT INTO ledger_balance (account, currency, balance_minor) VALUES ('new', 'EUR', 1)`,
    `UPDATE ledger_opening SET balance_minor = 1000000`,
    `INSERT INTO ledger_opening VALUES ('new', 'EUR', '2020-01-01', 1, 1)`,
  ])('follows from the entries and cannot be changed by hand: %s', async (statement) => {
    await move(accountPair(), 1);
    await expect(test.pool.query(statement)).rejects.toMatchObject({ code: 'GV002' });
  });

  it('is listed with all others, page by page', async () => {
    const accounts = accountPair();
    await move(accounts, 1);
    const listed: unknown[] = [];
    let after = '';
    do {
      const page: { json: AnyBody } = await api.get(`/v1/ledger/balances?limit=3${after}`, {
        token: finance,
      });
      listed.push(...page.json.items.map(({ account, currency }) => `${account} ${currency}`));
      after = page.json.next === null ? '' : `&after=${page.json.next}`;
    } while (after !== '');

    const { rows } = await test.pool.query<{ name: string }>(
      `SELECT account || ' ' || currency AS name FROM ledger_balance ORDER BY account, currency`,
    );
    expect(listed).toEqual(rows.map(({ name }) => name));
  });

  it('of a wallet is never negative, whoever posts', async () => {
    const wallet = `wallet:${randomUUID()}`;
    const overdraft = byHand([
      [wallet, 'EUR', -1],
      ['house', 'EUR', 1],
    ]);
    await expect(overdraft).rejects.toThrow(/ledger_balance_covers_wallet/);
  });

  it('as of any time is the sum of the entries before, for any history', async () => {
    await fc.assert(
      fc.asyncProperty(histories(), async (history) => {
        const [account, other] = accountPair();
        await pretendHistory(account, other, history);
        for (const { at } of history) {
          for (const moment of [at, new Date(at.getTime() + 1)]) {
            const before = history.filter((each) => each.at < moment);
            expect(await heldAt(account, moment)).toBe(sumOf(before));
          }
        }
        expect(await balanceNow(test.database.manager, account)).toEqual(
          history.length === 0 ? [] : [{ currency: 'EUR', balanceMinor: sumOf(history) }],
        );
      }),
      { numRuns: 25 },
    );
  });
});

describe('a reversal', () => {
  it('is the exact opposite, by two people and for a reason, and leaves the first as it was', async () => {
    const [from, to] = accountPair();
    const id = await move([from, to], 700);

    const answer = await undo(id, 'sent to the wrong one');

    expect(answer).toMatchObject({
      status: 200,
      json: {
        kind: 'reversal',
        reverses: id,
        actorId: 'fiona',
        approvedBy: 'frank',
        reason: 'sent to the wrong one',
        entries: [
          { account: from, currency: 'EUR', amountMinor: 700 },
          { account: to, currency: 'EUR', amountMinor: -700 },
        ],
      },
    });
    expect(await balanceOf(from)).toBe(0);
    const original = await api.get(`/v1/ledger/transactions/${id}`, { token: finance });
    expect(original.json).toMatchObject({ kind: 'adjustment', reversedBy: answer.json.id });
  });

  it('happens once, be it asked for and approved ten times at once', async () => {
    const id = await move(accountPair(), 700);
    const ten = Array.from({ length: 10 });
    const proposed = await Promise.all(ten.map(() => propose(id)));
    const [first, ...others] = proposed.toSorted((one, other) => one.status - other.status);
    expect(first!.status).toBe(200);
    for (const { status, json } of others) {
      expect({ status, code: json.code }).toEqual({ status: 409, code: 'already_proposed' });
    }
    const approved = await Promise.all(ten.map(() => approve(first!.json.id)));
    const outcomes = approved.map(({ json }) => JSON.stringify(json.outcome));
    expect(new Set(outcomes).size).toBe(1);
    expect(await propose(id)).toMatchObject({ status: 409, json: { code: 'already_reversed' } });
  });

  it('is nothing that finance does alone, be it asked in the database', async () => {
    const [from, to] = accountPair();
    const id = await move([from, to], 700);
    const { json } = await propose(id);
    expect(json).toMatchObject({ kind: 'ledger_reversal', state: 'proposed', proposedBy: 'fiona' });
    expect(await approve(json.id, finance)).toMatchObject({
      status: 403,
      json: { code: 'second_person_needed' },
    });
    const operator = await api.token('otto', ['operator']);
    expect(await approve(json.id, operator)).toMatchObject({ status: 403 });
    expect(await balanceOf(to)).toBe(700);
    const byHand = test.pool.query(
      `UPDATE approval SET state = 'approved', decided_by = 'fiona' WHERE id = $1`,
      [json.id],
    );
    await expect(byHand).rejects.toThrow(/approval_by_another/);
  });

  it('of a reversal, or of nothing, is refused', async () => {
    const id = await move(accountPair(), 700);
    const reversal = await undo(id);
    expect(await undo(Number(reversal.json.id))).toMatchObject({
      status: 409,
      json: { code: 'is_a_reversal' },
    });
    expect(await undo(999_999_999)).toMatchObject({ status: 404 });
  });

  it('does not take from a wallet what has been spent', async () => {
    const wallet = `wallet:${randomUUID()}`;
    const id = await move(['house', wallet], 500);
    await move([wallet, 'house'], 200);
    expect(await undo(id)).toMatchObject({
      status: 422,
      json: { code: 'insufficient_funds', account: wallet, availableMinor: 300 },
    });
    expect(await balanceOf(wallet)).toBe(300);
  });

  it('that is not the opposite is refused by the database', async () => {
    const [from, to] = accountPair();
    const id = await move([from, to], 700);
    const partly = test.database.transaction(async (tx) => {
      const { postAt } = await lockAccounts(tx, 'EUR', [from, to]);
      const [{ id: reversal }] = await tx.query<[{ id: number }]>(
        `INSERT INTO ledger_transaction (kind, subject_id, actor_id, approved_by, reason, reverses,
                                         posted_at)
         VALUES ('reversal', uuidv7(), 'fiona', 'frank', 'a slip', $1, $2) RETURNING id`,
        [id, postAt],
      );
      await add(tx, reversal, [
        [from, 'EUR', 600],
        [to, 'EUR', -600],
      ]);
    });
    await expect(partly).rejects.toMatchObject({ code: 'GV005' });
  });

  it('is for finance, and not for operators', async () => {
    const operator = await api.token('otto', ['operator']);
    const answer = await api.post('/v1/ledger/transactions/1/reversal', {
      token: operator,
      body: { reason: 'a slip' },
    });
    expect(answer.status).toBe(403);
  });
});

describe('a statement', () => {
  it('leads from the opening to the closing balance, entry by entry and page by page', async () => {
    await fc.assert(
      fc.asyncProperty(histories(), fc.integer({ min: 1, max: 4 }), async (history, limit) => {
        const [account, other] = accountPair();
        await pretendHistory(account, other, history);
        const from = '2020-01-02T12:00:00.000Z';
        const to = '2020-01-04T00:00:00.000Z';

        const pages = await statementPages(account, { from, to, limit });

        const within = history.filter(({ at }) => at >= new Date(from) && at < new Date(to));
        const items = pages.flatMap((page) => page.items);
        expect(items.map(({ amountMinor }) => amountMinor)).toEqual(
          within.map(({ amountMinor }) => amountMinor),
        );
        let balance = sumOf(history.filter(({ at }) => at < new Date(from)));
        expect(pages[0]).toMatchObject({ openingMinor: balance });
        for (const item of items) {
          balance += item.amountMinor;
          expect(item.balanceMinor).toBe(balance);
        }
        expect(pages.at(-1)).toMatchObject({ closingMinor: balance, next: null });
      }),
      { numRuns: 25 },
    );
  });

  it('waits for who is posting, so that nothing is added to it later', async () => {
    const [account, other] = accountPair();
    await move([other, account], 100);
    let commit!: () => void;
    let posting!: Promise<unknown>;
    await new Promise<void>((isPosted) => {
      posting = test.database.transaction(async (tx) => {
        await post(tx, posted([other, account], 50));
        isPosted();
        await new Promise<void>((resolve) => (commit = resolve));
      });
    });

    let isAnswered = false;
    const asking = statementPages(account, {}).finally(() => (isAnswered = true));
    await someoneWaitsForALock(test.pool);
    expect(isAnswered).toBe(false);
    commit();
    await posting;
    const [statement] = await asking;

    expect(statement!.items.map(({ amountMinor }) => amountMinor)).toEqual([100, 50]);
    await move([other, account], 7);
    const again = await statementPages(account, { from: statement!.from, to: statement!.to });
    expect(again).toEqual([statement]);
  });

  it('of the future is refused: entries may still come', async () => {
    const [account, other] = accountPair();
    await move([other, account], 100);
    const path = `/v1/ledger/accounts/${account}`;
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const period = `currency=EUR&from=2020-01-01T00:00:00Z&to=${later}`;
    for (const asked of [`${path}?at=${later}`, `${path}/statement?${period}`]) {
      expect(await api.get(asked, { token: finance })).toMatchObject({
        status: 422,
        json: { code: 'not_yet_over' },
      });
    }
  });

  it('is for finance, and for whom the account belongs to', async () => {
    const seller = `sven-${randomUUID()}`;
    await move(['house', `seller:${seller}`], 100);
    await move(['house', `seller:${seller}:held`], 40);
    const [own, stranger] = [
      await api.token(seller, ['seller']),
      await api.token('steve', ['seller']),
    ];
    for (const [account, balanceMinor] of [
      [`seller:${seller}`, 100],
      [`seller:${seller}:held`, 40],
    ]) {
      const path = `/v1/ledger/accounts/${account}`;
      expect(await api.get(path, { token: own })).toMatchObject({
        status: 200,
        json: { at: null, balances: [{ currency: 'EUR', balanceMinor }] },
      });
      expect(await api.get(path, { token: stranger })).toMatchObject({ status: 404 });
      expect(await api.get(path, { token: finance })).toMatchObject({ status: 200 });
    }
    expect(await api.get('/v1/ledger/accounts/house', { token: own })).toMatchObject({
      status: 404,
    });
  });
});

interface Page {
  from: string;
  to: string;
  openingMinor: number;
  closingMinor: number;
  items: { amountMinor: number; balanceMinor: number }[];
  next: string | null;
}

async function statementPages(
  account: string,
  {
    from = '2019-01-01T00:00:00.000Z',
    to,
    limit = 100,
  }: { from?: string; to?: string; limit?: number },
): Promise<Page[]> {
  const pages: Page[] = [];
  do {
    const last = pages.at(-1);
    const period = `from=${from}${to ? `&to=${to}` : last ? `&to=${last.to}` : ''}`;
    const after = last ? `&after=${last.next}` : '';
    const { status, json } = await api.get<Page>(
      `/v1/ledger/accounts/${account}/statement?currency=EUR&${period}&limit=${limit}${after}`,
      { token: finance },
    );
    expect(status).toBe(200);
    pages.push(json);
  } while (pages.at(-1)!.next !== null);
  return pages;
}

interface Past {
  at: Date;
  amountMinor: number;
}

/** Some entries of the first days of 2020, in order. */
const histories = (): fc.Arbitrary<Past[]> =>
  fc
    .array(
      fc.record({
        hour: fc.integer({ min: 0, max: 6 * 24 }),
        amountMinor: fc.integer({ min: -1_000, max: 1_000 }).filter((amount) => amount !== 0),
      }),
      { maxLength: 12 },
    )
    .map((entries) =>
      entries
        .sort((a, b) => a.hour - b.hour)
        .map(({ hour, amountMinor }) => ({
          at: new Date(Date.UTC(2020, 0, 1, hour)),
          amountMinor,
        })),
    );

/** Posts as if it were then: the ledger's triggers see another clock. */
async function pretendHistory(account: string, other: string, history: Past[]): Promise<void> {
  await test.database.transaction(async (tx) => {
    await tx.query('SET LOCAL search_path = past, pg_catalog, public');
    for (const { at, amountMinor } of history) {
      await tx.query(`SELECT set_config('past.now', $1, true)`, [at.toISOString()]);
      const id = await begin(tx, 'now()');
      await add(tx, id, [
        [account, 'EUR', amountMinor],
        [other, 'EUR', -amountMinor],
      ]);
    }
  });
}

const PAST = `
CREATE SCHEMA past;
CREATE FUNCTION past.now() RETURNS timestamptz STABLE LANGUAGE sql
  RETURN current_setting('past.now')::timestamptz`;

const sumOf = (history: Past[]) => history.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

const accountPair = (): [string, string] => [`one:${randomUUID()}`, `other:${randomUUID()}`];

const posted = ([from, to]: [string, string], amountMinor: number): Posting => ({
  kind: 'adjustment',
  subjectId: randomUUID(),
  auctionId: null,
  currency: 'EUR',
  entries: [
    { account: from, amountMinor: -amountMinor },
    { account: to, amountMinor },
  ],
  by: fiona,
});

/** Moves money as everything in Gavel does; answers the transaction's id. */
async function move(accounts: [string, string], amountMinor: number): Promise<number> {
  const posting = posted(accounts, amountMinor);
  await test.database.transaction((tx) => post(tx, posting));
  const [{ id }] = await test.database.query<[{ id: number }]>(
    'SELECT id FROM ledger_transaction WHERE subject_id = $1',
    [posting.subjectId],
  );
  return id;
}

type HandEntry = [account: string, currency: string, amountMinor: number];

/** As somebody may with psql. */
function byHand(entries: HandEntry[]): Promise<number> {
  return test.database.transaction(async (tx) => {
    const id = await begin(tx);
    await add(tx, id, entries);
    return id;
  });
}

async function begin(tx: EntityManager, postedAt = 'clock_timestamp()'): Promise<number> {
  const [{ id }] = await tx.query<[{ id: number }]>(
    `INSERT INTO ledger_transaction (kind, subject_id, posted_at)
     VALUES ('adjustment', uuidv7(), ${postedAt}) RETURNING id`,
  );
  return id;
}

const add = (tx: EntityManager, id: number, entries: HandEntry[]) =>
  tx.query(
    `INSERT INTO ledger_entry (transaction_id, account, currency, amount_minor)
     SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bigint[])`,
    [id, ...[0, 1, 2].map((column) => entries.map((entry) => entry[column]))],
  );

const propose = (id: number, reason = 'a slip') =>
  api.post(`/v1/ledger/transactions/${id}/reversal`, { token: finance, body: { reason } });

const approve = (approvalId: string, token = second) =>
  api.post(`/v1/approvals/${approvalId}/approve`, { token, body: { reason: 'it is so' } });

/** By two people; the reversal, or the first refusal. */
async function undo(id: number, reason?: string): Promise<Answer<AnyBody>> {
  const proposed = await propose(id, reason);
  if (proposed.status !== 200) return proposed;
  const approved = await approve(proposed.json.id);
  if (approved.status !== 200) return approved;
  const { transactionId } = approved.json.outcome as { transactionId: number };
  return api.get(`/v1/ledger/transactions/${transactionId}`, { token: finance });
}

async function balanceOf(account: string): Promise<number> {
  const [balance] = await balanceNow(test.database.manager, account);
  return balance?.balanceMinor ?? 0;
}

async function heldAt(account: string, at: Date): Promise<number> {
  expect(await settledUntil(test.database.manager, account, at)).toEqual(at);
  return balanceAt(test.database.manager, { account, currency: 'EUR', at });
}

async function expectBalancesToBeTheSumsOfEntries(): Promise<void> {
  const { rows: off } = await test.pool.query(
    `SELECT account, currency FROM ledger_balance AS kept WHERE balance_minor <> coalesce((
       SELECT sum(amount_minor) FROM ledger_entry AS entry
       WHERE entry.account = kept.account AND entry.currency = kept.currency), 0)`,
  );
  expect(off).toEqual([]);
}
