import { Readable } from 'node:stream';
import { BlobServiceClient, type ContainerClient } from '@azure/storage-blob';
import { measured } from './measured.ts';
import { rethrowFromAzure } from './report-store.errors.ts';

export { ReportStoreError } from './report-store.errors.ts';

/** A report takes at most three of these in memory, whatever its size. */
const BLOCK_BYTES = 4 * 1024 * 1024;
const BLOCKS_AT_ONCE = 2;

const HEALTH_CHECK_MS = 3_000;
/** Somebody waits for a report; the SDK would try again for a minute. */
const ANSWER_WITHIN_MS = 5_000;

export interface ReportStoreOptions {
  readonly connectionString: string;
  readonly container: string;
}

export interface StoredReport {
  /** Where the blob is. It grants nothing: whoever opens it needs rights of their own. */
  readonly url: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

export type ReportStore = ReturnType<typeof createReportStore>;

/** Finance reports as block blobs in one container. */
export function createReportStore({ connectionString, container }: ReportStoreOptions) {
  const blobs =
    BlobServiceClient.fromConnectionString(connectionString).getContainerClient(container);

  return {
    /**
     * Writes a whole report, or replaces the one of that name. It appears only when its last block
     * is committed, so nobody ever reads half of it. Throws ReportStoreError; a fault of the
     * source is thrown as it is, and then nothing is written.
     */
    async write(
      name: string,
      content: Readable,
      metadata: Readonly<Record<string, string>> = {},
    ): Promise<StoredReport> {
      const { stream, broken, totals } = measured(content);
      const blob = blobs.getBlockBlobClient(name);
      const upload = async () => {
        await blobs.createIfNotExists();
        await blob.uploadStream(stream, BLOCK_BYTES, BLOCKS_AT_ONCE, {
          blobHTTPHeaders: { blobContentType: contentTypeOf(name) },
          metadata: asHeaders(metadata),
        });
      };
      try {
        // The SDK waits for ever on a stream that broke before it began to listen.
        await Promise.race([upload(), broken]);
      } catch (error) {
        stream.destroy();
        rethrowFromAzure(error);
      }
      return { url: withoutSecrets(blob.url), ...totals() };
    },

    /** Throws a ReportStoreError of status 404 when there is no such report. */
    async read(name: string): Promise<Readable> {
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), ANSWER_WITHIN_MS);
      const { readableStreamBody } = await blobs
        .getBlobClient(name)
        .download(0, undefined, { abortSignal: late.signal })
        .catch(rethrowFromAzure)
        .finally(() => clearTimeout(timer)); // The report itself may take as long as it takes.
      return Readable.from(readableStreamBody ?? []);
    },

    /** Whether the storage answers within three seconds. Never throws. */
    healthy: () => answers(blobs),
  };
}

async function answers(blobs: ContainerClient): Promise<boolean> {
  try {
    // A container that is still missing is no fault: the first report makes it.
    await blobs.exists({ abortSignal: AbortSignal.timeout(HEALTH_CHECK_MS) });
    return true;
  } catch {
    return false;
  }
}

/** A connection string may hold a shared access signature, which the SDK puts into every URL. */
export function withoutSecrets(blobUrl: string): string {
  const url = new URL(blobUrl);
  url.search = '';
  return url.href;
}

function contentTypeOf(name: string): string {
  if (name.endsWith('.csv')) return 'text/csv; charset=utf-8';
  return name.endsWith('.json') ? 'application/json' : 'application/octet-stream';
}

/** Metadata travels as HTTP headers: what they cannot carry is percent-encoded. */
function asHeaders(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, text]) => [
      name,
      // Through UTF-8, because encodeURIComponent refuses half a surrogate pair.
      Buffer.from(text)
        .toString()
        .replace(/[^\x20-\x7e]|%/gu, encodeURIComponent),
    ]),
  );
}
