import { ReportStoreError } from '../../integrations/azure-blob/report-store.ts';
import { PayPalUnreachable } from '../../integrations/paypal/index.ts';
import { Problem } from './problem.ts';

/**
 * What the services outside do not do, each under its own name, so that whoever is called at night looks at
 * the right one; undefined when a fault is none of theirs. The token issuer's is in tokens.ts.
 */
export function serviceFault(error: unknown): Problem | undefined {
  if (error instanceof ReportStoreError) return storageFault(error);
  if (error instanceof PayPalUnreachable) {
    return unavailable('paypal', 'PayPal cannot be reached: send this again.');
  }
  if (isDatabaseAway(error)) {
    return unavailable(
      'database',
      'The database cannot be reached. Try again with the same Idempotency-Key: what was done is not done twice.',
    );
  }
  return undefined;
}

export const unavailable = (service: string, detail: string): Problem =>
  new Problem(503, `${service}_unavailable`, detail, {}, RETRY);

export const RETRY = { 'retry-after': '1' };

function storageFault(error: ReportStoreError): Problem {
  if (error.status === 404) {
    const detail = 'The stored report is no longer in Blob storage: run the report again.';
    return new Problem(410, 'report_gone', detail);
  }
  return unavailable(
    'storage',
    error.transient
      ? 'Blob storage cannot be reached: try again.'
      : `Blob storage refuses us (${error.code}): operators must look at its connection string.`,
  );
}

/**
 * Connection refused, lost, or no connection free in time; PostgreSQL's classes 08, 53 and 57. TypeORM
 * lets go of a connection that is lost within a transaction, and then complains of its release.
 */
function isDatabaseAway(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && /^(ECONN|EPIPE|ETIMEDOUT|08|53|57)/.test(code)) return true;
  return (
    typeof message === 'string' &&
    /connection (terminated|timeout)|timeout exceeded|runner was already released/i.test(message)
  );
}
