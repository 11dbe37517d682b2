import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLanePool } from '../../src/database/lanes/lane-pool.ts';
import { balanceNow } from '../../src/services/ledger/statement.ts';
import { post } from '../../src/services/ledger/post-ledger.ts';
import { issueCredit, openWallet } from '../../src/services/wallet/credit.ts';
import { TransferLane } from '../../src/services/wallet/transfer-lane.ts';
import type { TransferAnswer, TransferRequest } from '../../src/services/wallet/transfer.ts';
import { accounts } from '../../src/domain/ledger/ledger.ts';
import { startApi, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;
let api: TestApi;
/** Of two processes. */
let lanes: [TransferLane, TransferLane];

beforeAll(async () => {
  test = await createTestDatabase();
  api = await startApi(test);
  lanes = [new TransferLane(test.openLanePool()), new TransferLane(test.openLanePool())];
});
afterAll(async () => {
  await api?.close();
  await test?.drop();
});

/** What comes within one turn of the event loop shares a batch. */
const inOneBatch = (requests: readonly TransferRequest[]) =>
  Promise.all(requests.map((request) => lanes[0].ask(request)));

describe('a thousand callers', () => {
  it('who send from one wallet succeed exactly as far as the money goes', async () => {
    const [sender, ...recipients] = await wallets({ holding: 3_333 }, {}, {}, {}, {}, {});
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) =>
        lanes[i % 2]!.ask(transfer(sender, recipients[i % 5]!, 10)),
      ),
    );

    expect(answers.filter(({ made }) => made)).toHaveLength(333);
    for (const answer of answers.filter(({ made }) => !made)) {
      expect(answer).toEqual({ made: false, code: 'insufficient_funds', availableMinor: 3 });
    }
    expect(await holdings(sender)).toEqual([3]);
    expect(sumOf(await holdings(...recipients))).toBe(3_330);
    await expectBooksToBeRight();
  });

  it('who send to and fro between wallets, through two processes, all get an answer and lose nothing', async () => {
    const owners = await wallets(...Array.from({ length: 10 }, () => ({ holding: 1_000 })));
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => {
        const [from, to] = [owners[i % 10]!, owners[(i * 7 + 3) % 10]!];
        return lanes[i % 2]!.ask(
          transfer(from, to === from ? owners[(i + 1) % 10]! : to, 1 + (i % 50)),
        );
      }),
    );

    expect(answers.filter(({ made }) => made).length).toBeGreaterThan(500);
    const held = await holdings(...owners);
    expect(sumOf(held)).toBe(10_000);
    expect(Math.min(...held)).toBeGreaterThanOrEqual(0);
    await expectBooksToBeRight();
  });

  it('of whom two send to each other, beside credits, meet no deadlock', async () => {
    const [anna, bruno] = await wallets({ holding: 10_000 }, { holding: 10_000 });
    const both = Array.from({ length: 500 }, (_, i) => [
      lanes[i % 2]!.ask(transfer(anna, bruno, 1)),
      lanes[(i + 1) % 2]!.ask(transfer(bruno, anna, 1)),
    ]).flat();
    const credits = Array.from({ length: 40 }, (_, i) => credit(i % 2 ? anna : bruno, 1));

    const answers = await Promise.all([...both, ...credits]);

    expect(answers.filter((answer) => answer && !answer.made)).toEqual([]);
    expect(await holdings(anna, bruno)).toEqual([10_020, 10_020]);
    await expectBooksToBeRight();
  });
});

describe('a repeated transfer', () => {
  it('gets the first answer and moves money once: in one batch, later, and in another process', async () => {
    const [anna, bruno] = await wallets({ holding: 100 }, {});
    const request = transfer(anna, bruno, 30);

    const [first, again] = await inOneBatch([request, request]);
    const later = await lanes[0].ask(request);
    const elsewhere = await Promise.all(lanes.map((lane) => lane.ask(request)));

    expect(first).toMatchObject({ made: true });
    expect([again, later, ...elsewhere]).toEqual([first, first, first, first]);
    expect(await holdings(anna, bruno)).toEqual([70, 30]);
  });

  it('that comes to two processes at once is made once', async () => {
    for (let round = 0; round < 20; round++) {
      const [anna, bruno] = await wallets({ holding: 100 }, {});
      const request = transfer(anna, bruno, 30);
      const [one, other] = await Promise.all(lanes.map((lane) => lane.ask(request)));
      expect(one).toMatchObject({ made: true });
      expect(other).toEqual(one);
      expect(await holdings(anna, bruno)).toEqual([70, 30]);
    }
  });

  it('that was refused is refused again, although the money would be there now', async () => {
    const [anna, bruno] = await wallets({ holding: 10 }, {});
    const request = transfer(anna, bruno, 30);
    const refused = await lanes[0].ask(request);
    await credit(anna, 100);

    expect(refused).toEqual({ made: false, code: 'insufficient_funds', availableMinor: 10 });
    expect(await lanes[1].ask(request)).toEqual(refused);
  });

  it('under whose key another transfer was made is refused, in the same batch and later', async () => {
    const [anna, bruno, carla] = await wallets({ holding: 100 }, { holding: 100 }, {});
    const request = transfer(anna, bruno, 30);
    const others = [
      { ...request, amountMinor: 31 },
      { ...request, recipientId: carla },
      { ...request, note: 'another' },
      { ...request, currency: 'USD' as const },
    ];
    const reused = { made: false, code: 'idempotency_key_reused' };

    expect((await inOneBatch([request, ...others])).slice(1)).toEqual(others.map(() => reused));
    for (const other of others) expect(await lanes[0].ask(other)).toEqual(reused);
    // Another sender's keys are that sender's.
    const brunos = { ...transfer(bruno, carla, 5), idempotencyKey: request.idempotencyKey };
    expect(await lanes[0].ask(brunos)).toMatchObject({ made: true });
  });

  it('is recognised after its connection was killed, before, while or after it was committed', async () => {
    const doomed = openLanePool(`${test.url}?application_name=doomed`);
    const lane = new TransferLane(doomed);
    const [anna, bruno] = await wallets({ holding: 1_000_000 }, {});
    let made = 0;
    for (let round = 0; round < 30; round++) {
      const requests = Array.from({ length: 20 }, () => transfer(anna, bruno, 1));
      const asked = Promise.allSettled(requests.map((request) => lane.ask(request)));
      await setTimeout(round % 6); // Now and then at each point of a batch.
      await kill('doomed');
      await asked;

      const answers = await Promise.all(requests.map((request) => lanes[0].ask(request)));

      made += answers.filter((answer) => answer.made).length;
      expect(await holdings(bruno)).toEqual([made]);
    }
    expect(made).toBe(600);
    await expectBooksToBeRight();
    await doomed.end();
  });
});

describe('a transfer', () => {
  it('that the database cannot take does not fail its neighbours', async () => {
    const [anna, bruno] = await wallets({ holding: 100 }, {});
    const bad = { ...transfer(anna, bruno, 10), note: 'a NUL \0 character' };
    const [one, failed, other] = await Promise.allSettled([
      lanes[0].ask(transfer(anna, bruno, 10)),
      lanes[0].ask(bad),
      lanes[0].ask(transfer(anna, bruno, 10)),
    ]);
    expect([one!.status, failed!.status, other!.status]).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(await holdings(anna, bruno)).toEqual([80, 20]);
  });

  it('goes to whoever has a wallet in the currency, and not to oneself', async () => {
    const [anna, bruno] = await wallets({ holding: 100 }, {});
    expect(await lanes[0].ask({ ...transfer(anna, bruno, 10), currency: 'USD' })).toEqual({
      made: false,
      code: 'wallet_not_found',
    });
    expect(await lanes[0].ask(transfer(anna, `nobody-${randomUUID()}`, 10))).toEqual({
      made: false,
      code: 'wallet_not_found',
    });
    expect(await lanes[0].ask(transfer(anna, anna, 10))).toEqual({
      made: false,
      code: 'same_wallet',
    });
  });

  it('agrees with an independent model, whatever the batches', async () => {
    const plans = fc.array(
      fc.array(
        fc.record({
          from: fc.integer({ min: 0, max: 3 }),
          to: fc.integer({ min: 0, max: 3 }),
          amountMinor: fc.integer({ min: 1, max: 400 }),
        }),
        { minLength: 1, maxLength: 12 },
      ),
      { maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(plans, async (batches) => {
        const owners = await wallets({ holding: 500 }, { holding: 500 }, {}, {});
        const held = [500, 500, 0, 0];
        for (const batch of batches) {
          const answers = await inOneBatch(
            batch.map(({ from, to, amountMinor }) =>
              transfer(owners[from]!, owners[to]!, amountMinor),
            ),
          );
          const verdicts = batch.map(({ from, to, amountMinor }) => {
            if (from === to) return 'same_wallet';
            if (held[from]! < amountMinor) return held[from]!;
            held[from]! -= amountMinor;
            held[to]! += amountMinor;
            return 'made';
          });
          expect(answers.map(verdictOf)).toEqual(verdicts);
        }
        expect(await holdings(...owners)).toEqual(held);
      }),
      { numRuns: 40 },
    );
    await expectBooksToBeRight();
  });
});

describe('over HTTP', () => {
  it('store credit is given by the house, read, passed on, and stands in the statement', async () => {
    const [anna, bruno] = [`anna-${randomUUID()}`, `bruno-${randomUUID()}`];
    const operator = await api.token('otto', ['operator']);
    const [annas, brunos] = [await api.token(anna, ['bidder']), await api.token(bruno, ['bidder'])];
    await api.post('/v1/wallets', { token: annas, body: { currency: 'EUR' } });
    const give = await api.post(`/v1/wallets/${anna}/credits`, {
      token: operator,
      body: { currency: 'EUR', amountMinor: 2_500, reason: 'a late delivery' },
    });
    expect(give).toMatchObject({ status: 200, json: { ownerId: anna, balanceMinor: 2_500 } });

    const sending = {
      token: annas,
      key: 'anna-1',
      body: { recipientId: bruno, currency: 'EUR', amountMinor: 1_000, note: 'for the frame' },
    };
    const send = (asking: object = sending) => api.post(`/v1/wallets/${anna}/transfers`, asking);
    expect(await send()).toMatchObject({ status: 404, json: { code: 'wallet_not_found' } });
    const opened = await api.post('/v1/wallets', { token: brunos, body: { currency: 'EUR' } });
    expect(opened).toMatchObject({
      status: 200,
      json: { ownerId: bruno, balances: [{ currency: 'EUR', balanceMinor: 0 }] },
    });
    const sent = await send();
    expect(sent).toMatchObject({
      status: 200,
      json: { senderId: anna, recipientId: bruno, amountMinor: 1_000, note: 'for the frame' },
    });
    expect((await send()).json).toEqual(sent.json);
    expect(
      await send({ ...sending, key: 'anna-2', body: { ...sending.body, amountMinor: 1_501 } }),
    ).toMatchObject({
      status: 422,
      json: { code: 'insufficient_funds', availableMinor: 1_500 },
    });
    expect(await send({ ...sending, token: brunos })).toMatchObject({ status: 403 });

    const statement = await api.get(
      `/v1/ledger/accounts/wallet:${anna}/statement?currency=EUR&from=2020-01-01T00:00:00Z`,
      { token: annas },
    );
    expect(statement.json).toMatchObject({
      openingMinor: 0,
      closingMinor: 1_500,
      items: [
        { kind: 'credit', counterAccount: 'house', reason: 'a late delivery', balanceMinor: 2_500 },
        {
          kind: 'transfer',
          counterAccount: `wallet:${bruno}`,
          reason: 'for the frame',
          balanceMinor: 1_500,
        },
      ],
    });
    expect(await api.get(`/v1/wallets/${anna}`, { token: annas })).toMatchObject({ status: 200 });
    expect(await api.get(`/v1/wallets/${anna}`, { token: brunos })).toMatchObject({ status: 404 });
  });

  it('a seller gives store credit as far as the house owes it to the seller, and nothing that is paid out or held', async () => {
    const seller = `sven-${randomUUID()}`;
    await test.database.transaction((tx) =>
      post(tx, {
        kind: 'adjustment',
        subjectId: randomUUID(),
        auctionId: null,
        currency: 'EUR',
        entries: [
          { account: accounts.house, amountMinor: -201_000 },
          { account: accounts.seller(seller), amountMinor: 100_000 },
          { account: accounts.sellerHeld(seller), amountMinor: 100_000 },
          { account: accounts.sellerCredit(seller), amountMinor: 1_000 },
        ],
      }),
    );
    const token = await api.token(seller, ['seller']);
    const [buyer] = await wallets({});
    const give = (amountMinor: number) =>
      api.post(`/v1/wallets/${buyer}/credits`, {
        token,
        body: { currency: 'EUR', amountMinor, reason: 'a regular' },
      });

    const answers = await Promise.all([give(600), give(600)]);

    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
    expect(answers.find(({ status }) => status === 422)!.json).toMatchObject({
      code: 'insufficient_funds',
      availableMinor: 400,
    });
    expect(await holdings(buyer)).toEqual([600]);
    const { rows } = await test.pool.query(
      'SELECT balance_minor FROM ledger_balance WHERE account = $1',
      [accounts.sellerCredit(seller)],
    );
    expect(rows).toEqual([{ balance_minor: 400 }]);
  });
});

let keys = 0;
const transfer = (senderId: string, recipientId: string, amountMinor: number): TransferRequest => ({
  senderId,
  recipientId,
  currency: 'EUR',
  amountMinor,
  note: null,
  idempotencyKey: `transfer-${++keys}`,
});

/** New owners, whose wallets hold so much. */
function wallets<Wanted extends { holding?: number }[]>(
  ...wanted: Wanted
): Promise<{ [I in keyof Wanted]: string }> {
  const open = async ({ holding = 0 }: { holding?: number }) => {
    const ownerId = `owner-${randomUUID()}`;
    await test.database.transaction((tx) => openWallet(tx, ownerId, 'EUR'));
    if (holding > 0) await credit(ownerId, holding);
    return ownerId;
  };
  return Promise.all(wanted.map(open)) as Promise<{ [I in keyof Wanted]: string }>;
}

async function credit(ownerId: string, amountMinor: number): Promise<undefined> {
  await test.database.transaction((tx) =>
    issueCredit(tx, {
      creditId: randomUUID(),
      from: 'house',
      ownerId,
      currency: 'EUR',
      amountMinor,
      by: { actorId: 'otto', reason: 'a test' },
    }),
  );
}

const holdings = (...owners: string[]): Promise<number[]> =>
  Promise.all(
    owners.map(async (ownerId) => {
      const [held] = await balanceNow(test.database.manager, accounts.wallet(ownerId));
      return held?.balanceMinor ?? 0;
    }),
  );

const sumOf = (amounts: number[]) => amounts.reduce((sum, amount) => sum + amount, 0);

const verdictOf = (answer: TransferAnswer) =>
  answer.made ? 'made' : answer.code === 'insufficient_funds' ? answer.availableMinor : answer.code;

/** As if the process or the network had gone. */
const kill = (applicationName: string) =>
  test.pool.query(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1',
    [applicationName],
  );

async function expectBooksToBeRight(): Promise<void> {
  const off = async (query: string): Promise<unknown[]> => {
    const { rows }: pg.QueryResult<object> = await test.pool.query(query);
    return rows;
  };
  expect(
    await off(
      `SELECT account, currency FROM ledger_balance AS kept WHERE balance_minor <> coalesce((
         SELECT sum(amount_minor) FROM ledger_entry AS entry
         WHERE entry.account = kept.account AND entry.currency = kept.currency), 0)`,
    ),
  ).toEqual([]);
  expect(
    await off(
      `SELECT transaction_id FROM ledger_entry GROUP BY transaction_id, currency
       HAVING sum(amount_minor) <> 0`,
    ),
  ).toEqual([]);
  expect(await off(`SELECT FROM ledger_unbalanced`)).toEqual([]);
  // No wallet was ever overdrawn, not even between two entries.
  expect(
    await off(
      `SELECT FROM (SELECT sum(amount_minor) OVER (PARTITION BY account, currency ORDER BY id) AS held
                    FROM ledger_entry WHERE starts_with(account, 'wallet:')) AS running
       WHERE held < 0`,
    ),
  ).toEqual([]);
}
