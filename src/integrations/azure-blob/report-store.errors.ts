import { RestError } from '@azure/storage-blob';

/** Blob storage refused, failed, or could not be reached. */
export class ReportStoreError extends Error {
  override name = 'ReportStoreError';

  constructor(
    /** HTTP status of the answer; undefined when there was none. */
    readonly status: number | undefined,
    /** Azure's code, for example BlobNotFound. */
    readonly code: string,
    cause: unknown,
  ) {
    // Azure's own message can hold the whole request, so only its code is shown.
    super(`Blob storage: ${status ?? 'no answer'} ${code}`, { cause });
  }

  /** Worth another attempt. */
  get transient(): boolean {
    // Two writers of one name discard each other's blocks; the one that lost may write again.
    if (this.code === 'InvalidBlockList') return true;
    return this.status === undefined || this.status >= 500 || [408, 429].includes(this.status);
  }
}

/** Gives Azure's faults our name; anything else, such as a fault of the source, stays as it is. */
export function rethrowFromAzure(error: unknown): never {
  if (error instanceof RestError) {
    throw new ReportStoreError(error.statusCode, error.code ?? 'unknown', error);
  }
  if ((error as Error).name === 'AbortError') {
    throw new ReportStoreError(undefined, 'NoAnswerInTime', error);
  }
  throw error;
}
