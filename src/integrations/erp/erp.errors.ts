/** The ERP answered, and the answer is a fault. */
export class ErpError extends Error {
  override name = 'ErpError';

  constructor(
    /** HTTP status of the answer. */
    readonly status: number,
    detail: string,
    /** What it answered, where that is what is wrong. */
    readonly body?: unknown,
  ) {
    super(`The ERP answered ${status}: ${detail}`);
  }

  /** A success that we cannot read: the ERP's trouble with this one document. */
  get unreadable(): boolean {
    return this.status < 300;
  }

  /** Worth another attempt as it is: the ERP's trouble, or ours to slow down. */
  get transient(): boolean {
    return this.status >= 500 || [408, 425, 429].includes(this.status) || this.unreadable;
  }
}

/** No answer came. The ERP may have taken the document: send it again, or ask for its status. */
export class ErpUnreachable extends Error {
  override name = 'ErpUnreachable';

  constructor(cause: unknown) {
    super(`The ERP gave no answer: ${describe(cause)}`, { cause });
  }
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // fetch says only "fetch failed"; what happened is one level below.
  return cause.cause instanceof Error ? cause.cause.message || cause.message : cause.message;
}
