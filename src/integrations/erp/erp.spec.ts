import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createErpSimulator } from '../../../simulators/erp/simulator.ts';
import {
  creditNoteFor,
  invoiceFor,
  settlementFor,
  type Sale,
} from '../../domain/erp/erp-document.ts';
import { createErp, ErpError, ErpUnreachable, type ErpDocument } from './erp.ts';
import { signedHeaders } from './signature.ts';

const SECRET = 'a secret of the tests';
const SALE: Sale = {
  auctionId: 'auction-1',
  lotTitle: 'Chronograph',
  commodityCode: '9102',
  sellerId: 'seller-1',
  bidderId: 'bidder-1',
  currency: 'EUR',
  hammerPriceMinor: 100_005,
  buyersPremiumMinor: 20_001,
  premiumTaxMinor: 3_800,
  premiumTaxRegion: 'DE',
  premiumTaxShare: 1_900,
  sellersCommissionMinor: 10_000,
  paypalFeeMinor: 3_525,
  sellerCreditMinor: 0,
  payoutMinor: 86_480,
};

const stateDir = mkdtempSync(join(tmpdir(), 'erp-client-'));
const simulator = createErpSimulator({
  stateDir,
  callbackUrl: 'http://127.0.0.1:1/nobody-listens',
  secret: SECRET,
  bookingDelayMs: 10,
});
let baseUrl: string;

beforeAll(async () => {
  await simulator.app.listen({ host: '127.0.0.1', port: 0 });
  baseUrl = `http://127.0.0.1:${(simulator.app.server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await simulator.app.inject({ method: 'DELETE', url: '/simulator/faults' });
});

afterAll(async () => {
  await simulator.close();
  rmSync(stateDir, { recursive: true });
});

describe('a document sent to the ERP', () => {
  it('is received, and its status can be asked for', async () => {
    const erp = createErp({ baseUrl, secret: SECRET });
    const sent = await erp.documents.send(document('invoice/1 ü'));
    expect(sent).toEqual({ outcome: 'received', reference: expect.stringMatching(/^ERP-\d{6}$/) });
    await vi.waitFor(async () =>
      expect(await erp.documents.get('invoice/1 ü')).toMatchObject({
        revision: 1,
        status: 'acknowledged',
      }),
    );
  });

  it('is unknown until then', async () => {
    const erp = createErp({ baseUrl, secret: SECRET });
    expect(await erp.documents.get('never sent')).toBeUndefined();
  });

  it('carries its amounts as decimal strings, which the ERP can add up', async () => {
    const erp = createErp({ baseUrl, secret: SECRET });
    await erp.documents.send({ ...document('unknown heading'), commodityCode: '0000' });
    await vi.waitFor(async () =>
      expect(await erp.documents.get('unknown heading')).toMatchObject({
        status: 'rejected',
        reason: { code: 'unknown_commodity_code', field: 'commodityCode' },
      }),
    );
  });

  it.each([
    ['settlement', settlementFor(SALE)],
    [
      'credit_note',
      creditNoteFor(SALE, { refundId: 'refund-1', amountMinor: 5_000, premiumTaxMinor: 150 }),
    ],
  ] as const)('may be a %s, too', async (kind, body) => {
    const erp = createErp({ baseUrl, secret: SECRET });
    await erp.documents.send({ ...body, id: kind, kind, revision: 1 });
    await vi.waitFor(async () =>
      expect(await erp.documents.get(kind)).toMatchObject({ status: 'acknowledged' }),
    );
  });

  it('is refused, as a value, when the revision has another content', async () => {
    const erp = createErp({ baseUrl, secret: SECRET });
    await erp.documents.send(document('twice'));
    const again = await erp.documents.send({ ...document('twice'), commodityCode: '9701' });
    expect(again).toEqual({
      outcome: 'refused',
      reason: expect.stringContaining('another content'),
    });
  });
});

describe('a fault of the ERP', () => {
  it('is transient when the ERP is in trouble', async () => {
    await fault({ kind: '503' });
    const erp = createErp({ baseUrl, secret: SECRET });
    const error = await erp.documents.send(document('503')).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ErpError);
    expect(error).toMatchObject({ status: 503, transient: true });
  });

  it('is not transient when the secret is wrong, and no refusal of the document either', async () => {
    const erp = createErp({ baseUrl, secret: 'another secret, wrong' });
    const error = await erp.documents.send(document('401')).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ErpError);
    expect(error).toMatchObject({ status: 401, transient: false });
    await expect(erp.documents.get('401')).rejects.toThrow(ErpError);
  });

  it('is ambiguous when the connection breaks; sending again is safe', async () => {
    await fault({ kind: 'reset-after-effect' });
    const erp = createErp({ baseUrl, secret: SECRET });
    await expect(erp.documents.send(document('reset'))).rejects.toThrow(ErpUnreachable);
    expect(await erp.documents.send(document('reset'))).toMatchObject({ outcome: 'received' });
  });

  it('is ambiguous when the answer is late', async () => {
    await fault({ kind: 'delay', milliseconds: 1_000 });
    const erp = createErp({ baseUrl, secret: SECRET, timeoutMs: 50 });
    await expect(erp.documents.send(document('late'))).rejects.toThrow(ErpUnreachable);
  });

  it("does not take a proxy's 404 for an unknown document", async () => {
    const proxy = createServer((_request, response) => response.writeHead(404).end('<html>'));
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const erp = createErp({ baseUrl: `http://127.0.0.1:${port}`, secret: SECRET });
    await expect(erp.documents.get('invoice-1')).rejects.toThrow(ErpError);
    proxy.closeAllConnections();
    proxy.close();
  });
});

describe('a callback', () => {
  const now = new Date('2026-11-21T12:00:00Z');
  const erp = createErp({ baseUrl: 'http://127.0.0.1:1', secret: SECRET, now: () => now });
  const callback = {
    eventId: 'event-1',
    documentId: 'invoice-1',
    revision: 1,
    reference: 'ERP-000001',
    outcome: 'acknowledged',
  };
  const rawBody = Buffer.from(JSON.stringify(callback));

  it('is genuine with a signature over its bytes', () => {
    const headers = signedHeaders(SECRET, rawBody, now);
    expect(erp.callbacks.verify(headers, rawBody)).toEqual({ genuine: true, callback });
  });

  it.each([
    ['a changed byte', signedHeaders(SECRET, rawBody, now), Buffer.from(`${String(rawBody)} `)],
    ['another secret', signedHeaders('not our secret at all', rawBody, now), rawBody],
    ['no headers', {}, rawBody],
    [
      'a signature of another length',
      { 'x-gavel-timestamp': '1', 'x-gavel-signature': 'ab' },
      rawBody,
    ],
    [
      'an old timestamp',
      signedHeaders(SECRET, rawBody, new Date(now.getTime() - 301_000)),
      rawBody,
    ],
    ['a future one', signedHeaders(SECRET, rawBody, new Date(now.getTime() + 301_000)), rawBody],
  ])('is not genuine with %s', (_what, headers, body) => {
    expect(erp.callbacks.verify(headers, body)).toMatchObject({ genuine: false });
  });

  it.each([
    ['no JSON', 'hello', ''],
    ['a field of another type', JSON.stringify({ ...callback, revision: '1' }), 'revision'],
    ['a field too few', JSON.stringify({ ...callback, eventId: undefined }), 'eventId'],
  ])('that the ERP signed, but that is %s, is no forgery: the field is named', (_, text, field) => {
    const verdict = erp.callbacks.verify(signedHeaders(SECRET, text, now), Buffer.from(text));
    expect(verdict).toEqual({ genuine: true, faults: [{ field, message: expect.any(String) }] });
  });
});

function document(id: string): ErpDocument {
  return { ...invoiceFor(SALE), id, kind: 'invoice', revision: 1 };
}

async function fault(payload: object): Promise<void> {
  await simulator.app.inject({ method: 'POST', url: '/simulator/faults', payload });
}
