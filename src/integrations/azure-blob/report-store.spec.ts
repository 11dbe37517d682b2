import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createReportStore, ReportStoreError, withoutSecrets } from './report-store.ts';

// Azurite's account is the same in every installation, and published in its documentation.
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const MEGABYTE = 1024 * 1024;

let azurite: ChildProcess;
let connectionString: string;

beforeAll(async () => {
  azurite = spawn(process.execPath, [
    createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js'),
    ...['--blobPort', '0', '--disableTelemetry', '--skipApiVersionCheck'],
    '--inMemoryPersistence',
  ]);
  connectionString = connectionTo(await addressOf(azurite));
}, 60_000);

afterAll(async () => {
  const ended = once(azurite, 'exit');
  azurite.kill();
  await ended;
});

describe('a report', () => {
  it('is stored with its size and hash, in a container made for it', async () => {
    const store = createReportStore({ connectionString, container: 'new-container' });
    const content = Buffer.from('day,sales\n2026-11-20,3\n');

    const stored = await store.write('sales/2026-11-20.csv', Readable.from([content]), {
      title: 'Daily sales: 100 % über alles',
    });

    expect(stored).toEqual({
      url: expect.stringMatching(/devstoreaccount1\/new-container\/sales\/2026-11-20\.csv$/),
      bytes: content.length,
      sha256: createHash('sha256').update(content).digest('hex'),
    });
    expect(await buffer(await store.read('sales/2026-11-20.csv'))).toEqual(content);
  });

  it('of many blocks comes back as it was', async () => {
    const store = createReportStore({ connectionString, container: 'reports' });
    const pieces = Array.from({ length: 23 }, () => randomBytes(MEGABYTE / 2 + 7));
    const whole = Buffer.concat(pieces);

    const stored = await store.write('large', Readable.from(pieces));

    expect(stored.bytes).toBe(whole.length);
    const read = await buffer(await store.read('large'));
    expect(read.equals(whole)).toBe(true);
  });

  it('may be empty', async () => {
    const store = createReportStore({ connectionString, container: 'reports' });
    expect(await store.write('empty.csv', Readable.from([]))).toMatchObject({ bytes: 0 });
    expect(await buffer(await store.read('empty.csv'))).toHaveLength(0);
  });

  it('replaces the one of the same name as a whole', async () => {
    const store = createReportStore({ connectionString, container: 'reports' });
    await store.write('again', Readable.from([randomBytes(9 * MEGABYTE)]));
    await store.write('again', Readable.from([Buffer.from('short')]));
    expect(String(await buffer(await store.read('again')))).toBe('short');
  });

  it('whose source breaks off is not written, and leaves the old one', async () => {
    const store = createReportStore({ connectionString, container: 'reports' });
    await store.write('kept', Readable.from([Buffer.from('old')]));
    // Two whole blocks are staged before the source fails.
    const breaking = Readable.from(
      (async function* () {
        yield randomBytes(9 * MEGABYTE);
        await Promise.resolve();
        throw new Error('the query was cancelled');
      })(),
    );

    await expect(store.write('kept', breaking)).rejects.toThrow('the query was cancelled');

    expect(String(await buffer(await store.read('kept')))).toBe('old');
  });

  it('whose source is closed without an end is not written either', async () => {
    const store = createReportStore({ connectionString, container: 'reports' });
    const closed = new Readable({ read: () => undefined });
    closed.push(Buffer.from('half of a '));
    setTimeout(() => closed.destroy(), 20);
    await expect(store.write('half', closed)).rejects.toThrow();
    await expect(store.read('half')).rejects.toMatchObject({ status: 404, transient: false });
  });

  it('that does not exist is a 404', async () => {
    const store = createReportStore({ connectionString, container: 'reports' });
    const error = await store.read('nothing').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ReportStoreError);
    expect(error).toMatchObject({ status: 404, code: 'BlobNotFound', transient: false });
  });

  it('is typed as CSV and carries its metadata', async () => {
    const store = createReportStore({ connectionString, container: 'reports' });
    await store.write('typed.csv', Readable.from(['a\n']), { report: 'sales' });
    const properties = await BlobServiceClient.fromConnectionString(connectionString)
      .getContainerClient('reports')
      .getBlobClient('typed.csv')
      .getProperties();
    expect(properties.contentType).toBe('text/csv; charset=utf-8');
    expect(properties.metadata).toEqual({ report: 'sales' });
  });
});

describe('the store', () => {
  it('is healthy while it answers, whether its container exists or not', async () => {
    const store = createReportStore({ connectionString, container: 'not-made-yet' });
    expect(await store.healthy()).toBe(true);
  });

  it('is not healthy when nobody answers', async () => {
    const connection = connectionTo('http://127.0.0.1:1');
    const store = createReportStore({ connectionString: connection, container: 'reports' });
    expect(await store.healthy()).toBe(false);
  }, 10_000);

  it('returns no URL with a shared access signature', () => {
    expect(withoutSecrets('https://a.blob.core.windows.net/reports/b%20c.csv?sv=1&sig=x')).toBe(
      'https://a.blob.core.windows.net/reports/b%20c.csv',
    );
  });
});

function connectionTo(address: string): string {
  return (
    `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${ACCOUNT_KEY};` +
    `BlobEndpoint=${address}/${ACCOUNT};`
  );
}

/** Azurite takes a free port and says which. */
async function addressOf(process: ChildProcess): Promise<string> {
  if (!process.stdout) throw new Error('Azurite has no output');
  for await (const line of createInterface(process.stdout)) {
    const address = /successfully listens on (http:\S+)/.exec(line)?.[1];
    if (address) {
      process.stdout.resume();
      return address;
    }
  }
  throw new Error('Azurite ended before it listened');
}
