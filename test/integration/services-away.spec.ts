import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDatabase } from '../../src/database/data-source.ts';
import { ReportRun } from '../../src/database/entities/index.ts';
import { openLanePool } from '../../src/database/lanes/lane-pool.ts';
import { surviveLosses } from '../../src/database/survive-losses.ts';
import { createReportStore } from '../../src/integrations/azure-blob/report-store.ts';
import { startApi, type AnyBody, type Answer } from '../support/api.ts';
import { cuttableWire } from '../support/cuttable-wire.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { Rows } from '../support/rows.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

/** Who is away, under its own name, and worth another try. */
function expectAway({ status, headers, json }: Answer<AnyBody>, service: string): void {
  expect([status, json.code]).toEqual([503, `${service}_unavailable`]);
  expect(headers['retry-after']).toMatch(/^\d+$/);
}

async function storedReport(): Promise<string> {
  const { identifiers } = await test.database.manager.insert(ReportRun, {
    report: 'sales',
    parameters: {},
    blobName: 'sales/2026-11-30/gone.csv',
  });
  return `/v1/report-runs/${identifiers[0]!.id as string}/content`;
}

describe('Blob storage', () => {
  it('that is away is what is said to be away, not the database', async () => {
    const [, endpoint = ''] = /BlobEndpoint=([^;]+)/.exec(inject('azureStorageConnectionString'))!;
    const wire = await cuttableWire(endpoint);
    const reportStore = createReportStore({
      connectionString: inject('azureStorageConnectionString').replace(endpoint, wire.url),
      container: 'away',
    });
    const api = await startApi(test, undefined, { reportStore });
    const token = await api.token('fiona', ['finance']);
    const path = await storedReport();
    wire.cut();
    expectAway(await api.get(path, { token }), 'storage');
    await api.close();
  });

  it('that has a report no more says so, and what to do', async () => {
    const api = await startApi(test);
    const answer = await api.get(await storedReport(), {
      token: await api.token('fiona', ['finance']),
    });
    expect(answer).toMatchObject({
      status: 410,
      json: { code: 'report_gone', detail: expect.stringContaining('run the report again') },
    });
    await api.close();
  });
});

describe('PostgreSQL', () => {
  it('that is away is what is said to be away: to readers, commands and bids', async () => {
    const wire = await cuttableWire(test.url);
    const quietly = () => undefined;
    const database = await createDatabase({ url: wire.url, poolSize: 2 }).initialize();
    const pool = surviveLosses(new pg.Pool({ connectionString: wire.url, max: 2 }), quietly);
    const lanePool = openLanePool(wire.url, quietly);
    const api = await startApi(test, undefined, { database, pool, lanePool });
    const [operator, anna] = [
      await api.token('otto', ['operator']),
      await api.token('anna', ['bidder']),
    ];
    const auction = `/v1/auctions/${await new Rows(test.pool).auction()}`;
    const bid = () => api.post(`${auction}/bids`, { token: anna, body: { maximumMinor: 5_000 } });
    expect(await bid()).toMatchObject({ status: 200 });

    wire.cut();

    expectAway(await api.get(auction, { token: anna }), 'database');
    const body = { reason: 'a power cut' };
    expectAway(await api.post(`${auction}/pause`, { token: operator, body }), 'database');
    expectAway(await bid(), 'database');
    expect(await api.get('/healthz')).toMatchObject({ status: 200 });
    await api.close();
    await Promise.all([database.destroy(), pool.end(), lanePool.end()]);
  });
});

describe('PayPal', () => {
  it('whose certificates cannot be read is asked to send again', async () => {
    const api = await startApi(test);
    const headers = { 'x-verdict': 'unreachable' };
    expectAway(await api.post('/v1/webhooks/paypal', { body: {}, headers }), 'certificate');
    await api.close();
  });
});

describe('a callback of the ERP', () => {
  it('that is genuine but not as agreed is no forgery: its wrong field is named', async () => {
    const api = await startApi(test);
    const callback = {
      eventId: 'e',
      documentId: 'd',
      revision: '1',
      reference: '',
      outcome: 'acknowledged',
    };
    const deliver = (text: string, headers: Record<string, string>) =>
      api.post('/v1/webhooks/erp', { body: text, headers, key: false });
    const text = JSON.stringify(callback);

    expect(await deliver(text, api.signedByErp(text))).toMatchObject({
      status: 400,
      json: { code: 'invalid_request', faults: [{ field: 'revision' }] },
    });
    expect(await deliver('no JSON', api.signedByErp('no JSON'))).toMatchObject({ status: 400 });
    // Who did not prove who they are learns nothing about the body, be it as broken as it may.
    for (const body of [text, 'no JSON', '{"__proto__":1}', '']) {
      expect(await deliver(body, {})).toMatchObject({
        status: 401,
        json: { code: 'signature_refused' },
      });
    }
    await api.close();
  });
});
