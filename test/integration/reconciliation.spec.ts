import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPollActivities } from '../../src/activities/paypal/poll.activities.ts';
import { createReconciliationActivities } from '../../src/activities/reconciliation/reconciliation.activities.ts';
import {
  Payment,
  ReconciliationRun,
  type DifferenceRow,
} from '../../src/database/entities/index.ts';
import { post } from '../../src/services/ledger/post-ledger.ts';
import { queueRun } from '../../src/services/reconciliation/runs.ts';
import { capturePosting } from '../../src/domain/ledger/ledger.ts';
import type { Erp, ErpDocumentStatus } from '../../src/integrations/erp/erp.ts';
import { ErpError } from '../../src/integrations/erp/erp.errors.ts';
import type { PayPal, Transaction, UnreadLine } from '../../src/integrations/paypal/index.ts';
import { workflowIds } from '../../src/workflows/messages.ts';
import { startApi, type AnyBody, type TestApi } from '../support/api.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

// The comparison on PostgreSQL, with a PayPal and an ERP that say what a test has them say; and what
// finance does about a difference, through the API.

const DAY_MS = 24 * 3_600_000;
const AMOUNT = 115_000;

let test: TestDatabase;
let rows: Rows;
let api: TestApi;
const step = new MockActivityEnvironment();
const tokens = {} as Record<'fiona' | 'felix', string>;

/** What PayPal reports, and what the ERP knows, by document. */
let reported: Transaction[];
let inErp: Map<string, ErpDocumentStatus>;
/** Lines of the report that nobody can read. */
let unread: UnreadLine[];
/** The document about which the ERP answers what nobody can read. */
let garbled: string | undefined;
let searches: { from: Date; to: Date }[];

beforeEach(async () => {
  reported = [];
  inErp = new Map();
  unread = [];
  garbled = undefined;
  searches = [];
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  api = await startApi(test);
  tokens.fiona = await api.token('fiona', ['finance']);
  tokens.felix = await api.token('felix', ['finance']);
});
afterEach(async () => {
  await api?.close();
  await test?.drop();
});

describe('a run', () => {
  it('over sales that all sides tell alike finds nothing, and says what it compared', async () => {
    await captured();
    const run = await reconcile();
    expect(run).toMatchObject({
      state: 'compared',
      sales: 1,
      ledgerRecords: 1,
      paypalRecords: 2,
      erpRecords: 1,
      differenceCount: 0,
      sumOfDifferences: '0.00',
    });
  });

  it('finds a refund that somebody made at PayPal, once however often it runs, and ages it', async () => {
    const sale = await captured();
    reported.push(refundByHand(sale, 'BY-HAND', 1_250));
    const first = await reconcile();
    expect(first).toMatchObject({ differenceCount: 1, sumOfDifferences: '12.50' });
    await reconcile();

    const [difference, ...others] = await differences();
    expect(others).toEqual([]);
    expect(difference).toMatchObject({
      auctionId: sale.auctionId,
      side: 'paypal',
      kind: 'extra',
      subject: 'refund',
      reference: 'BY-HAND',
      expectedMinor: 0,
      foundMinor: 1_250,
      state: 'open',
    });
    expect(difference!.lastSeenAt.getTime()).toBeGreaterThan(difference!.firstSeenAt.getTime());
  });

  it('resolves by itself what is found no more, and keeps what it found then', async () => {
    const sale = await captured();
    inErp.delete(sale.documentId);
    const first = await reconcile();
    expect(first).toMatchObject({ differenceCount: 1, sumOfDifferences: '1150.00' });

    inErp.set(sale.documentId, acknowledged(sale.documentId));
    const second = await reconcile();
    expect(second).toMatchObject({ differenceCount: 0, sumOfDifferences: '0.00' });
    expect(await differences()).toMatchObject([
      { kind: 'missing', side: 'erp', state: 'resolved' },
    ]);
    const { json } = await api.get(`/v1/reconciliation/runs/${first.id}/differences`, {
      token: tokens.fiona,
    });
    expect(json.items).toMatchObject([
      { kind: 'missing', expectedMinor: AMOUNT, state: 'resolved' },
    ]);
  });

  it('asks the ERP itself: what it acknowledged and does not know any more is missing at once', async () => {
    const sale = await captured();
    inErp.delete(sale.documentId);
    await reconcile();
    expect(await differences()).toMatchObject([
      { side: 'erp', kind: 'missing', subject: 'invoice' },
    ]);
  });

  it('compares what the ERP has booked, not what we had sent', async () => {
    const sale = await captured();
    inErp.set(sale.documentId, {
      ...acknowledged(sale.documentId),
      total: { amountMinor: AMOUNT - 1, currency: 'EUR' },
    });
    expect(await reconcile()).toMatchObject({ differenceCount: 1, sumOfDifferences: '0.01' });
  });

  it('finds money at PayPal that belongs to no sale', async () => {
    reported.push({ ...transaction('T0006', 'STRANGER', 4_200), customId: undefined });
    await reconcile();
    expect(await differences()).toMatchObject([
      { auctionId: null, kind: 'extra', subject: 'capture', foundMinor: 4_200 },
    ]);
    await reconcile();
    expect(await differences()).toHaveLength(1);
  });

  it.each([
    ['dated, with an id', { key: 'ODD T0006', at: ago(1) }],
    ['undated, without an id', {}],
  ])('goes on past a line that cannot be read (%s), and shows it', async (_what, self) => {
    await captured();
    const raw = { transaction_info: { transaction_note: 'a\0b \uD800' } };
    unread = [{ unread: 'transaction_amount: missing', raw, ...self }];
    expect(await reconcile()).toMatchObject({ differenceCount: 0, sales: 1, unreadLines: 1 });
    expect(await reconcile()).toMatchObject({ differenceCount: 0, unreadLines: 1 });

    const [line, ...others] = await unreadLines();
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      source: 'paypal.transactions',
      reason: 'transaction_amount: missing',
    });
    expect(JSON.parse(line!.raw)).toEqual(raw);
    const { rows: notices } = await test.pool.query('SELECT kind FROM notice');
    expect(notices).toEqual([{ kind: 'unread_lines' }]);

    unread = [];
    expect(await reconcile()).toMatchObject({ unreadLines: 0 });
    expect(await unreadLines()).toEqual([]);
  });

  it('shows what PayPal has said of a refund’s shares until somebody closes or repairs it', async () => {
    const sale = await captured();
    const figure = (subject: string, reference: string) =>
      test.pool.query(`INSERT INTO paypal_figure VALUES ($1, $2, $3, 'EUR', 200, 250)`, [
        subject,
        reference,
        sale.paymentId,
      ]);
    await figure('refund_platform_fee', 'REFUND-1');
    await figure('refund_platform_fee', 'REFUND-2');
    expect(await reconcile()).toMatchObject({ differenceCount: 2, sumOfDifferences: '1.00' });
    const [first, second] = await differences();
    expect(first).toMatchObject({
      side: 'paypal',
      subject: 'refund_platform_fee',
      kind: 'amount',
      expectedMinor: 200,
      foundMinor: 250,
    });
    await command(`differences/${first!.id}/close`, tokens.fiona, { reason: 'agreed' });
    const repaired = await command(`differences/${second!.id}/repairs`, tokens.fiona, {
      reason: 'as PayPal says',
    });
    expect(repaired.json).toMatchObject({ state: 'posted' });
    expect(await posted(sale)).toEqual([
      { account: 'house:held', amount_minor: -50 },
      { account: 'seller:seller:held', amount_minor: 50 },
    ]);
    expect(await reconcile()).toMatchObject({ differenceCount: 0 });
  });

  it('knows a line that has become readable, though it had no date before', async () => {
    unread = [{ unread: 'no date', raw: {}, key: 'STRANGER T0006' }];
    await reconcile();
    unread = [];
    reported.push({ ...transaction('T0006', 'STRANGER', 4_200), customId: undefined });
    expect(await reconcile({ from: daysAgo(2), to: daysAgo(0) })).toMatchObject({ unreadLines: 0 });
  });

  it('goes on past an answer of the ERP that cannot be read, and calls its document neither there nor missing', async () => {
    const sale = await captured();
    await captured();
    garbled = sale.documentId;
    expect(await reconcile()).toMatchObject({ state: 'compared', sales: 2, unreadLines: 1 });
    expect(await unreadLines()).toMatchObject([{ source: 'erp.documents', raw: '<html>' }]);
    expect(await differences()).toMatchObject([
      { side: 'erp', kind: 'timing', subject: 'invoice', reference: sale.paymentId },
    ]);

    garbled = undefined;
    expect(await reconcile()).toMatchObject({ differenceCount: 0, unreadLines: 0 });
  });

  it('compares an old sale whole: its capture is read, however long ago it was', async () => {
    const sale = await captured({ daysAgo: 100 });
    const refund = refundByHand(sale, 'BY-HAND', 500);
    reported.push({ ...refund, initiatedAt: daysAgo(1), updatedAt: daysAgo(1) });

    expect(await reconcile()).toMatchObject({ differenceCount: 1, sumOfDifferences: '5.00' });
    const earliest = Math.min(...searches.map(({ from }) => from.getTime()));
    expect(earliest).toBeLessThan(Date.now() - 100 * DAY_MS);

    searches = [];
    await reconcile();
    const again = Math.min(...searches.map(({ from }) => from.getTime()));
    expect(again).toBeGreaterThan(Date.now() - 32 * DAY_MS);
  });

  it('reads on where the last one ended, so that nothing of PayPal’s report is left out', async () => {
    const first = await reconcile({ from: daysAgo(90), to: daysAgo(80) });
    await reconcile({ from: daysAgo(10), to: daysAgo(0) });
    const { readTo } = first;
    expect(searches.some(({ from }) => from.getTime() === readTo!.getTime())).toBe(true);
  });

  it('of a day is one, however often it is asked for', async () => {
    const { queueDailyReconciliation } = activities();
    await Promise.all([step.run(queueDailyReconciliation), step.run(queueDailyReconciliation)]);
    await step.run(queueDailyReconciliation);
    const { rows: queued } = await test.pool.query(
      `SELECT to_at = date_trunc('day', now(), 'UTC') AS midnight FROM reconciliation_run`,
    );
    expect(queued).toEqual([{ midnight: true }]);
  });

  it('goes on where a worker died, and counts nothing twice', async () => {
    await captured();
    await captured();
    const runId = await queued();
    const { readMovements, compareSales } = activities();
    await step.run(readMovements, runId);
    await step.run(readMovements, runId);
    await expect(step.run(activities({ erpIsDown: true }).compareSales, runId)).rejects.toThrow(
      'away',
    );
    await step.run(compareSales, runId);
    await step.run(compareSales, runId);
    const run = await runRow(runId);
    expect(run).toMatchObject({ state: 'compared', differenceCount: 0 });
    expect(run.sales).toBe(run.erpRecords);
  });
});

it('a dispute in PayPal’s list that cannot be read is shown, and the next is looked at', async () => {
  const paypal = {
    disputes: {
      async *updatedSince() {
        yield await Promise.resolve({ unread: 'it has no id', raw: { odd: true } });
        yield 'PP-D-1';
      },
    },
  } as unknown as PayPal;
  const { findDisputes } = createPollActivities({ database: test.database, paypal });
  await step.run(findDisputes);
  const { rows: told } = await test.pool.query('SELECT DISTINCT workflow_id FROM outbox');
  expect(told).toEqual([{ workflow_id: workflowIds.dispute('PP-D-1') }]);
  expect(await unreadLines()).toMatchObject([{ source: 'paypal.disputes', raw: '{"odd":true}' }]);
});

describe('a difference', () => {
  it('is assigned, closed with a reason, and stays closed while it is the same', async () => {
    const { difference, sale } = await oneDifference(1_250);
    await command(`differences/${difference.id}/assign`, tokens.fiona, { assignee: 'felix' });
    await command(`differences/${difference.id}/close`, tokens.felix, { reason: 'goodwill' });
    expect(await reconcile()).toMatchObject({ differenceCount: 0, sumOfDifferences: '0.00' });
    expect(await differences()).toMatchObject([
      { state: 'closed', assignee: 'felix', closeReason: 'goodwill' },
    ]);

    reported.push(refundByHand(sale, 'BY-HAND-2', 100));
    expect(await reconcile()).toMatchObject({ differenceCount: 1, sumOfDifferences: '1.00' });

    const audit = await api.get(`/v1/audit?subjectId=${difference.id}`, { token: tokens.fiona });
    expect(audit.json.items.map(({ event, actorId, reason }) => [event, actorId, reason])).toEqual([
      ['begin', 'test', null],
      ['assign', 'fiona', 'to felix'],
      ['close', 'felix', 'goodwill'],
    ]);
  });

  it('that was closed comes back as a new one when the amount changes', async () => {
    const { difference } = await oneDifference(1_250);
    await command(`differences/${difference.id}/close`, tokens.fiona, { reason: 'goodwill' });
    reported = reported.map((each) =>
      each.transactionId === 'BY-HAND' ? { ...each, amountMinor: -9_000 } : each,
    );
    expect(await reconcile()).toMatchObject({ differenceCount: 1, sumOfDifferences: '90.00' });
    expect(await differences()).toMatchObject([{ state: 'closed' }, { state: 'open' }]);
  });
});

describe('a repair', () => {
  it('that is small is posted at once, and PayPal has nothing against the ledger any more', async () => {
    const { difference, sale } = await oneDifference(1_250);
    const { json } = await api.get(`/v1/reconciliation/differences/${difference.id}`, {
      token: tokens.fiona,
    });
    expect(json.proposedEntries).toEqual([
      { account: 'seller:seller:held', amountMinor: -1_250 },
      { account: 'buyer:bidder', amountMinor: 1_250 },
    ]);

    const repair = await command(`differences/${difference.id}/repairs`, tokens.fiona, {
      reason: 'refunded by hand',
    });
    expect(repair.json).toMatchObject({ state: 'posted', proposedBy: 'fiona', approvedBy: null });
    expect(await posted(sale)).toEqual([
      { account: 'seller:seller:held', amount_minor: -1_250 },
      { account: 'buyer:bidder', amount_minor: 1_250 },
    ]);
    await reconcile();
    expect(await differences()).toMatchObject([
      { side: 'paypal', state: 'repaired' },
      // The books of the ERP do not have it: that is another matter, and the ledger says so now.
      { side: 'erp', kind: 'timing', subject: 'credit_note', state: 'open' },
    ]);
  });

  it('that is large waits for a second person, who is not the first', async () => {
    const { difference, sale } = await oneDifference(50_000);
    const { json: proposed } = await command(`differences/${difference.id}/repairs`, tokens.fiona, {
      reason: 'refunded by hand',
    });
    expect(proposed).toMatchObject({ state: 'proposed', approvedBy: null });
    expect(await posted(sale)).toEqual([]);

    const own = await approve(proposed.id, tokens.fiona);
    expect(own).toMatchObject({ status: 403, json: { code: 'second_person_needed' } });
    expect(await posted(sale)).toEqual([]);

    const approved = await approve(proposed.id, tokens.felix);
    expect(approved.json).toMatchObject({ state: 'posted', approvedBy: 'felix' });
    const audit = await api.get(`/v1/audit?subjectId=${proposed.id}`, { token: tokens.fiona });
    expect(
      audit.json.items.map(({ event, actorId }) => `${String(event)} ${String(actorId)}`),
    ).toEqual(['begin fiona', 'post felix']);
  });

  it('that many approve at once, and again, has one effect', async () => {
    const { difference, sale } = await oneDifference(50_000);
    const { json: proposed } = await command(`differences/${difference.id}/repairs`, tokens.fiona, {
      reason: 'refunded by hand',
    });
    const persons = await Promise.all(
      ['felix', 'frida', 'franz', 'fanny'].map((name) => api.token(name, ['finance'])),
    );
    const answers = await Promise.all(persons.map((token) => approve(proposed.id, token)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(new Set(answers.map(({ json }) => json.approvedBy)).size).toBe(1);
    expect(await approve(proposed.id, tokens.felix)).toMatchObject({ status: 200 });
    expect(await posted(sale)).toHaveLength(2);
  });

  it('cannot be approved once its difference is closed, or found no more', async () => {
    const { difference, sale } = await oneDifference(50_000);
    const propose = async () =>
      (await command(`differences/${difference.id}/repairs`, tokens.fiona, { reason: 'by hand' }))
        .json;
    const first = await propose();
    await command(`differences/${difference.id}/close`, tokens.felix, { reason: 'goodwill' });
    expect(await approve(first.id, tokens.felix)).toMatchObject({
      status: 409,
      json: { code: 'state_conflict', state: 'withdrawn' },
    });
    expect(
      await command(`differences/${difference.id}/repairs`, tokens.fiona, { reason: 'by hand' }),
    ).toMatchObject({ status: 409, json: { state: 'closed' } });
    expect(await posted(sale)).toEqual([]);
  });

  it('is not posted when the ledger has changed since the difference was found', async () => {
    const { difference, sale } = await oneDifference(50_000);
    const { json: proposed } = await command(`differences/${difference.id}/repairs`, tokens.fiona, {
      reason: 'by hand',
    });
    // The refund arrives in the ledger by itself: PayPal's id of it is the difference's reference.
    await test.pool.query(
      `UPDATE difference SET reference = $2, subject = 'capture', expected_minor = 1 WHERE id = $1`,
      [difference.id, sale.paymentId],
    );
    expect(await approve(proposed.id, tokens.felix)).toMatchObject({
      status: 409,
      json: { code: 'changed_meanwhile' },
    });
    expect(await posted(sale)).toEqual([]);
  });

  it('must balance', async () => {
    const { difference } = await oneDifference(50_000);
    const entries = [
      { account: 'seller:seller', amountMinor: -50_000 },
      { account: 'buyer:bidder', amountMinor: 49_999 },
    ];
    const path = `differences/${difference.id}/repairs`;
    expect(await command(path, tokens.fiona, { reason: 'by hand', entries })).toMatchObject({
      status: 422,
      json: { code: 'wrong_entries' },
    });
  });

  it('by who proposed it is refused by the database, too', async () => {
    const id = await rows.repair(await rows.difference((await captured()).auctionId));
    await expect(
      test.pool.query(`UPDATE repair SET approved_by = 'fiona' WHERE id = $1`, [id]),
    ).rejects.toThrow('check');
  });
});

interface CapturedSale {
  readonly auctionId: string;
  readonly paymentId: string;
  readonly documentId: string;
}

let sales = 0;

/** A sale that is paid, of which ledger, PayPal and ERP tell the same. */
async function captured({ daysAgo: days = 2 } = {}): Promise<CapturedSale> {
  const number = ++sales;
  const auctionId = await rows.auction();
  const captureId = `CAPTURE${number}`;
  const paymentId = await rows.payment(await rows.offer(auctionId), {
    state: 'captured',
    captureId,
  });
  await rows.disbursement(paymentId);
  await test.database.manager.update(Payment, { id: paymentId }, { capturedAt: ago(days) });
  await test.pool.query('UPDATE payment SET created_at = $2 WHERE id = $1', [paymentId, ago(days)]);
  const payment = await test.database.manager.findOneByOrFail(Payment, { id: paymentId });
  const posting = capturePosting({
    ...payment,
    paymentId,
    paypalFeeMinor: 3_500,
    sellerCreditMinor: 0,
  });
  await test.database.transaction((tx) => post(tx, posting));
  const documentId = await rows.erpDocument(auctionId, 'acknowledged');
  await test.pool.query(
    `UPDATE erp_document SET subject_id = $2, created_at = $4,
            body = jsonb_set(body, '{totalMinor}', to_jsonb($3::int)) WHERE id = $1`,
    [documentId, paymentId, AMOUNT, ago(days)],
  );
  inErp.set(documentId, acknowledged(documentId));
  const at = { initiatedAt: daysAgo(days), updatedAt: daysAgo(days), customId: paymentId };
  reported.push(
    { ...transaction('T0006', captureId, AMOUNT), feeMinor: -3_500, ...at },
    { ...transaction('T0113', `FEE${number}`, -25_000), referenceId: captureId, ...at },
  );
  return { auctionId, paymentId, documentId };
}

/** A sale of which somebody gave this much back at PayPal, and the difference that a run makes of it. */
async function oneDifference(minor: number) {
  const sale = await captured();
  reported.push(refundByHand(sale, 'BY-HAND', minor));
  await reconcile();
  const [difference] = await differences();
  return { sale, difference: difference! };
}

const refundByHand = (sale: CapturedSale, id: string, minor: number): Transaction => ({
  ...transaction('T1107', id, -minor),
  customId: sale.paymentId,
});

const transaction = (
  eventCode: string,
  transactionId: string,
  amountMinor: number,
): Transaction => ({
  transactionId,
  eventCode,
  amountMinor,
  status: 'success',
  currency: 'EUR',
  feeMinor: 0,
  initiatedAt: daysAgo(1),
  updatedAt: daysAgo(1),
});

const acknowledged = (id: string): ErpDocumentStatus => ({
  id,
  revision: 1,
  status: 'acknowledged',
  reference: 'ERP-1',
  reason: undefined,
  total: { amountMinor: AMOUNT, currency: 'EUR' },
});

const ago = (days: number) => new Date(Date.now() - days * DAY_MS);
const daysAgo = (days: number) => ago(days).toISOString();

function activities({ erpIsDown = false } = {}) {
  const paypal = {
    transactions: {
      async *search(from: Date, to: Date) {
        searches.push({ from, to });
        yield* unread;
        for (const each of reported) {
          const at = Date.parse(each.initiatedAt);
          if (at >= from.getTime() && at < to.getTime()) yield each;
        }
      },
    },
  } as unknown as PayPal;
  const get = (id: string) => {
    if (erpIsDown) return Promise.reject(new Error('the ERP is away'));
    if (id === garbled) return Promise.reject(new ErpError(200, 'not what was agreed', '<html>'));
    return Promise.resolve(inErp.get(id));
  };
  const erp = { documents: { get } } as unknown as Erp;
  return createReconciliationActivities({ database: test.database, paypal, erp });
}

async function queued(range = { from: daysAgo(31), to: new Date().toISOString() }) {
  const { from, to } = range;
  return test.database.transaction(async (tx) => {
    const id = await queueRun(tx, { from: new Date(from), to: new Date(to) });
    return id!;
  });
}

async function reconcile(range?: { from: string; to: string }): Promise<ReconciliationRun> {
  const runId = await queued(range);
  const { readMovements, compareSales } = activities();
  await step.run(readMovements, runId);
  await step.run(compareSales, runId);
  return runRow(runId);
}

const runRow = (id: string) => test.database.manager.findOneByOrFail(ReconciliationRun, { id });

async function differences(): Promise<DifferenceRow[]> {
  const { json } = await api.get<{ items: DifferenceRow[] }>('/v1/reconciliation/differences', {
    token: tokens.fiona,
  });
  const moments = (row: DifferenceRow) => ({
    ...row,
    firstSeenAt: new Date(row.firstSeenAt),
    lastSeenAt: new Date(row.lastSeenAt),
  });
  return json.items.map(moments).reverse();
}

async function unreadLines() {
  const { json } = await api.get<{ items: { source: string; reason: string; raw: string }[] }>(
    '/v1/reconciliation/unread-lines',
    { token: tokens.fiona },
  );
  return json.items;
}

const command = (path: string, token: string, body: object) =>
  api.post<AnyBody>(`/v1/reconciliation/${path}`, { token, body });
const approve = (repairId: string, token: string) =>
  command(`repairs/${repairId}/approve`, token, { reason: 'seen at PayPal' });

async function posted({ auctionId }: CapturedSale) {
  const { rows: entries } = await test.pool.query<{ account: string; amount_minor: number }>(
    `SELECT account, amount_minor FROM ledger_entry JOIN ledger_transaction AS t ON t.id = transaction_id
     WHERE t.kind = 'adjustment' AND auction_id = $1 ORDER BY ledger_entry.id`,
    [auctionId],
  );
  return entries;
}
