import { createHash, randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createReportActivities } from '../../src/activities/report.activities.ts';
import { Payment, ReportRun } from '../../src/database/entities/index.ts';
import { post } from '../../src/database/post-ledger.ts';
import { capturePosting } from '../../src/domain/ledger.ts';
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

/** As a schedule would ask on the day after the sale of this test. */
const valuesFor = (report: Report) =>
  scheduledValues(report, new Date(soldAt.getTime() + DAY_MS)) as Record<string, string>;
